import MCPStoreRedis

/// What a space did in the last hour: the stream `{space}:history`, to which the leading coordinator adds a point a minute.
package struct RedisHistory: Sendable {
    /// How far back points are read, in milliseconds.
    package static let span = 3_600_000
    /// Kept: more than one a minute where leaders follow one another.
    private static let most = 120
    /// Nothing is left of a space to which no point is added any more.
    private static let lifetime = 2 * span
    /// Services and tools that are counted, in the order of their names.
    private static let (mostServices, mostTools) = (1000, 2000)
    /// Names of tools that are read to find those.
    private static let mostClaims = 50_000

    private let keys: SpaceKeys
    private let client: RedisClient

    package init(_ space: Space, client: RedisClient) {
        keys = SpaceKeys(space)
        self.client = client
    }

    /// Points of the last hour, the oldest first.
    ///
    /// - Parameter now: Microseconds since 1970 by Redis' clock.
    /// - Throws: ``QueueError`` (`redis`).
    package func points(now: Int) async throws(QueueError) -> [HistoryPoint] {
        let oldest = String(max(now / 1000 - Self.span, 0))
        let reply = try await execute(RedisCommand("XRANGE", keys.history, oldest, "+", "COUNT", String(Self.most)))
        return reply.array?.compactMap { HistoryPoint($0) } ?? []
    }

    /// Adds what the space is at this moment.
    ///
    /// - Parameter services: Those of the space.
    /// - Throws: ``QueueError`` (`redis`).
    package func note(_ services: [String]) async throws(QueueError) {
        var point = HistoryPoint()
        try await addLanes(of: services.sorted().prefix(Self.mostServices), to: &point)
        try await addStats(to: &point)
        var command = RedisCommand("XADD", keys.history, "MAXLEN", "=", String(Self.most), "*")
        for (name, value) in point.fields {
            command.append(name)
            command.append(value)
        }
        let expiry = RedisCommand("PEXPIRE", keys.history, String(Self.lifetime))
        for case .failure(let error) in await client.pipeline([command, expiry]) { throw QueueError(error) }
    }

    private func addLanes(of services: some Sequence<String>, to point: inout HistoryPoint) async throws(QueueError) {
        let lanes = services.flatMap { service in Lane.allCases.map { keys.jobs(service, $0) } }
        let lengths = try await integers(lanes.map { RedisCommand("XLEN", $0) })
        let filled = zip(lanes, lengths).filter { $0.1 > 0 }
        for result in await client.pipeline(filled.map { RedisCommand("XPENDING", $0.0, JobGroup.name) }) {
            // A lane without its group has nothing that runs.
            guard case .success(let pending) = result else { continue }
            point.running = (point.running + (pending.array?.first?.integer ?? 0).plausible).plausible
        }
        point.queued = max(filled.map(\.1).plausibleSum - point.running, 0)
    }

    private func addStats(to point: inout HistoryPoint) async throws(QueueError) {
        let count = try await execute(RedisCommand("HLEN", keys.tools)).integer ?? 0
        guard count <= Self.mostClaims else {
            throw QueueError(.rejected, "there are \(count) tools, more than \(Self.mostClaims): their history is not kept")
        }
        let tools = try await execute(RedisCommand("HKEYS", keys.tools)).array?.compactMap(\.string) ?? []
        let kinds = OutcomeKind.all.map(\.rawValue)
        let reuses = Outcome.Reuse.allCases.map(\.rawValue)
        let commands = tools.sorted().prefix(Self.mostTools).map { tool in
            var command = RedisCommand("HMGET", argumentCapacity: 256)
            command.append(keys.stats(toolKey: tool))
            for field in kinds + reuses { command.append(field) }
            return command
        }
        for result in await client.pipeline(commands) {
            // A key that somebody has broken is not counted.
            guard case .success(let reply) = result, let counts = reply.array?.map({ ($0.integer ?? 0).plausible }),
                counts.count == kinds.count + reuses.count
            else { continue }
            for (kind, count) in zip(kinds, counts) {
                point.calls = (point.calls + count).plausible
                if kind != OutcomeKind.ok.rawValue { point.failed = (point.failed + count).plausible }
            }
            point.reused = (point.reused + counts.suffix(reuses.count).plausibleSum).plausible
        }
    }

    private func integers(_ commands: [RedisCommand]) async throws(QueueError) -> [Int] {
        var values: [Int] = []
        for result in await client.pipeline(commands) {
            switch result {
            case .success(let reply): values.append((reply.integer ?? 0).plausible)
            // One that is no stream holds nothing.
            case .failure(let error) where error.code == .server: values.append(0)
            case .failure(let error): throw QueueError(error)
            }
        }
        return values
    }

    private func execute(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }
}
