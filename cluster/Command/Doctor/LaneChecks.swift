import Logging
import MCPStoreQueue
import MCPStoreRedis

/// Lanes without their group, jobs of workers that are gone, how long jobs wait, delayed and dead ones.
struct LaneChecks {
    /// Jobs that wait longer are worth a warning, in milliseconds.
    private static let longWait = 30_000

    let client: RedisClient
    let space: Space
    let pool: Pool
    /// Milliseconds by Redis' clock.
    let now: Int

    func findings() async -> [Finding] {
        do {
            let services = try await RedisRegistry(space: space, client: client).services().map(\.name)
            let lanes = services.flatMap { name in
                Lane.allCases.map { LaneID(service: ServiceID(space: space, name: name), lane: $0) }
            }
            return try await groups(lanes) + [try await queue(lanes)] + (try await delayed()) + (try await dead())
        } catch {
            return [Doctor.unchecked("queue", error)]
        }
    }

    private func groups(_ lanes: [LaneID]) async throws -> [Finding] {
        let alive = try await aliveWorkers()
        var withoutGroup: [String] = []
        var forgotten: [String] = []
        for lane in lanes {
            let groups: [String]
            do throws(RedisError) {
                let reply = try await client.execute(RedisCommand("XINFO", "GROUPS", lane.key))
                groups = reply.array?.compactMap { Self.field("name", of: $0)?.string } ?? []
            } catch {
                if error.serverCode == "ERR" { continue }  // nothing was ever queued there
                if error.serverCode == "WRONGTYPE" {
                    withoutGroup.append("\(lane.key) (no stream)")
                    continue
                }
                throw error
            }
            guard groups.contains(JobGroup.name) else {
                withoutGroup.append(lane.key)
                continue
            }
            let consumers = try await client.execute(RedisCommand("XINFO", "CONSUMERS", lane.key, JobGroup.name))
            for consumer in consumers.array.map(Array.init) ?? [] {
                guard let name = Self.field("name", of: consumer)?.string, !alive.contains(name) else { continue }
                let pending = Self.field("pending", of: consumer)?.integer ?? 0
                if pending > 0 { forgotten.append("\(name) has \(pending) of \(lane.key)") }
            }
        }
        var findings: [Finding] = []
        if !withoutGroup.isEmpty {
            findings.append(
                .fail(
                    "groups",
                    "lanes without the consumer group '\(JobGroup.name)': \(withoutGroup.prefix(4).joined(separator: ", "))",
                    "a worker that serves the lane makes it anew; where none does: XGROUP CREATE KEY \(JobGroup.name) 0"
                )
            )
        }
        if !forgotten.isEmpty {
            findings.append(
                .fail(
                    "consumers",
                    "jobs belong to workers that hold no lease: \(forgotten.prefix(4).joined(separator: ", "))",
                    "a leading coordinator recovers them within a lease; is one running?"
                )
            )
        }
        if findings.isEmpty { findings.append(.ok("groups", "all lanes have their group, all running jobs their worker")) }
        return findings
    }

    private func aliveWorkers() async throws -> Set<String> {
        var alive: Set<String> = []
        for pool in [pool, Pool(embeddedIn: space)] {
            alive.formUnion(
                try await client.execute(RedisCommand("ZRANGE", pool.leases, "0", "-1")).array?.compactMap(\.string) ?? []
            )
        }
        return alive
    }

    private func queue(_ lanes: [LaneID]) async throws -> Finding {
        let clock = ServerClock()
        clock.measured(server: now * 1000, sent: ServerClock.boot(), received: ServerClock.boot())
        let depths = try await RedisRecovery(client: client, clock: clock, logger: .init(label: "mcpstore")).depths(lanes)
        let queued = depths.reduce(0) { $0 + $1.queued }
        let running = depths.reduce(0) { $0 + $1.running }
        let oldest = depths.filter { $0.oldestWait != nil }.max { ($0.oldestWait ?? 0) < ($1.oldestWait ?? 0) }
        var text = "\(queued) queued, \(running) running"
        guard let oldest, let wait = oldest.oldestWait else { return .ok("queue", text) }
        text +=
            ", the oldest waits \(Duration.microseconds(wait).tableText) for '\(oldest.lane.service.name)' (\(oldest.lane.lane.rawValue))"
        guard wait >= Self.longWait * 1000 else { return .ok("queue", text) }
        return .warn("queue", text, "look at the service's state; give it more replicas, concurrency, or workers")
    }

    private func delayed() async throws -> [Finding] {
        let count = try await client.execute(RedisCommand("ZCARD", SpaceKeys(space).delayed)).integer ?? 0
        guard count > 0 else { return [] }
        let late = try await client.execute(RedisCommand("ZCOUNT", SpaceKeys(space).delayed, "-inf", String(now - 10_000)))
        guard let late = late.integer, late > 0 else {
            return [
                .ok("delayed", "\(count.counted("job")) wait\(count == 1 ? "s" : "") for \(count == 1 ? "its" : "their") time")
            ]
        }
        return [.fail("delayed", "\(late) of \(count) delayed jobs are past their time", "start a coordinator: it promotes them")]
    }

    private func dead() async throws -> [Finding] {
        let key = SpaceKeys(space).dead
        let count = try await client.execute(RedisCommand("XLEN", key)).integer ?? 0
        guard count > 0 else { return [.ok("dead", "no job was given up")] }
        let last = try await client.execute(RedisCommand("XREVRANGE", key, "+", "-", "COUNT", "1")).array?.first?.array
        let fields = last.flatMap { $0.count > 1 ? $0[1] : nil }
        let name = fields.flatMap { Self.field("name", of: $0)?.string } ?? "?"
        return [
            .warn(
                "dead",
                "\(count.counted("job")) \(count == 1 ? "was" : "were") given up, the last one of '\(name)'",
                "XREVRANGE \(key) + - COUNT 10 shows them with their reasons; XTRIM \(key) MAXLEN 0 forgets them"
            )
        ]
    }

    /// The value of a field in a flat list of names and values.
    static func field(_ name: String, of list: RESPReply) -> RESPReply? {
        guard var iterator = list.array?.makeIterator() else { return nil }
        while let field = iterator.next()?.string, let value = iterator.next() {
            if field == name { return value }
        }
        return nil
    }
}
