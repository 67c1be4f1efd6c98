import MCPStoreRedis

/// What each space of a pool has to do: for whoever watches all tenants. It costs Redis two commands a space and two a service, and four
/// more for each lane that holds something.
package struct RedisSpaceLoads: Sendable {
    /// The most spaces, and the most services of all of them together, that are looked at, in the order of their names.
    package static let (mostSpaces, mostServices) = (1000, 5000)
    /// Services of one space whose lanes are looked at; what lies in those behind is not seen.
    private static let mostOfOne = 1000
    /// Lanes whose oldest jobs are looked for at the same time.
    private static let together = 16

    private let pool: RedisPool
    private let recovery: RedisRecovery
    private let client: RedisClient

    package init(_ pool: RedisPool, recovery: RedisRecovery, client: RedisClient) {
        self.pool = pool
        self.recovery = recovery
        self.client = client
    }

    /// - Parameter now: Microseconds since 1970 by Redis' clock.
    /// - Returns: The spaces by name, and how many were left out because there are too many.
    /// - Throws: ``QueueError`` (`redis`).
    package func read(now: Int) async throws(QueueError) -> SpaceLoads {
        let all = try await pool.spaces().sorted { $0.description < $1.description }
        let spaces = Array(all.prefix(Self.mostSpaces))
        var loads: [SpaceLoad] = []
        var lanes: [LaneID] = []
        let services = await client.pipeline(spaces.map { RedisCommand("SMEMBERS", SpaceKeys($0).services) })
        for (space, reply) in zip(spaces, services) {
            let names = try Self.value(reply)?.array?.compactMap(\.string) ?? []
            let some = names.filter(Name.isValid).sorted().prefix(Self.mostOfOne)
            guard lanes.count / Lane.allCases.count + some.count <= Self.mostServices else { break }
            var load = SpaceLoad(space)
            load.services = names.count
            loads.append(load)
            for name in some {
                for lane in Lane.allCases { lanes.append(LaneID(service: ServiceID(space: space, name: name), lane: lane)) }
            }
        }
        let places = Dictionary(loads.enumerated().map { ($1.space, $0) }) { first, _ in first }
        for depth in try await depths(of: lanes) {
            guard let place = places[depth.lane.service.space] else { continue }
            loads[place].queued += depth.queued
            loads[place].running += depth.running
            loads[place].oldestWait = [loads[place].oldestWait, depth.oldestWait].compactMap(\.self).max()
        }
        let histories = loads.map { RedisCommand("XREVRANGE", SpaceKeys($0.space).history, "+", "-", "COUNT", "2") }
        for (place, reply) in await client.pipeline(histories).enumerated() {
            loads[place].setRates(try Self.value(reply)?.array?.compactMap { HistoryPoint($0) } ?? [], now: now)
        }
        return (loads, all.count - loads.count)
    }

    /// Of the lanes that hold something.
    private func depths(of lanes: [LaneID]) async throws(QueueError) -> [LaneDepth] {
        var filled: [LaneID] = []
        for (lane, reply) in zip(lanes, await client.pipeline(lanes.map { RedisCommand("XLEN", $0.key) })) {
            if try Self.value(reply)?.integer ?? 0 > 0 { filled.append(lane) }
        }
        let step = max((filled.count + Self.together - 1) / Self.together, 1)
        let results = await withTaskGroup(of: Result<[LaneDepth], QueueError>.self) { group in
            for start in stride(from: 0, to: filled.count, by: step) {
                let some = Array(filled[start..<min(start + step, filled.count)])
                group.addTask {
                    do throws(QueueError) { return .success(try await recovery.depths(some)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var depths: [LaneDepth] = []
        for result in results { depths += try result.get() }
        return depths
    }

    /// `nil` for a key that is of another kind: somebody has broken it.
    private static func value(_ result: Result<RESPReply, RedisError>) throws(QueueError) -> RESPReply? {
        switch result {
        case .success(let reply): return reply
        case .failure(let error) where error.serverCode == "WRONGTYPE": return nil
        case .failure(let error): throw QueueError(error)
        }
    }
}
