import MCPStoreQueue
import MCPStoreRedis

/// Who leads, who works, whose lease has run out, which versions run.
struct PoolChecks {
    let client: RedisClient
    let pool: Pool
    let space: Space
    /// Milliseconds by Redis' clock.
    let now: Int

    func findings() async -> [Finding] {
        do {
            var findings: [Finding] = []
            let redisPool = RedisPool(pool, client: client)
            let workers = try await redisPool.workers()
            let services = try await RedisRegistry(space: space, client: client).services()
            // An embedded store brings a worker and a coordinator of its own.
            let embedded = RedisPool(Pool(embeddedIn: space), client: client)
            let embeddedWorkers = try await embedded.workers()
            findings.append(
                leader(
                    try await redisPool.leader(),
                    embedded: try await embedded.leader(),
                    isNeeded: !workers.isEmpty || !services.isEmpty
                )
            )
            findings.append(Self.workers(workers, embedded: embeddedWorkers.count, services: services.count))
            findings += try await leases([pool, Pool(embeddedIn: space)])
            findings += Self.versions(workers + embeddedWorkers)
            return findings
        } catch {
            return [Doctor.unchecked("workers", error)]
        }
    }

    private func leader(_ leader: String?, embedded: String?, isNeeded: Bool) -> Finding {
        if let leader { return .ok("leader", "the coordinator \(leader) leads") }
        if let embedded { return .ok("leader", "the embedded coordinator \(embedded) leads") }
        let advice = "start one with mcpstore coordinator"
        let message = "no coordinator leads in \(pool): nothing is placed, and jobs of dead workers are not recovered"
        return isNeeded ? .fail("leader", message, advice) : .warn("leader", message, advice)
    }

    private static func workers(_ workers: [WorkerRecord], embedded: Int, services: Int) -> Finding {
        let count = workers.count { !$0.isDraining }
        if count == 0, embedded == 0 {
            let message = services == 0 ? "no worker runs" : "no worker runs: \(services) services cannot be called"
            let advice = "start one with mcpstore worker"
            return services == 0 ? .warn("workers", message, advice) : .fail("workers", message, advice)
        }
        let slots = workers.reduce(0) { $0 + $1.slots }
        let running = workers.reduce(0) { $0 + $1.running }
        let more = embedded == 0 ? "" : ", and \(embedded) embedded in stores"
        let text = "\(workers.count.counted("worker")), \(running) of \(slots) slots in use\(more)"
        if slots > 0, running >= slots { return .warn("workers", "\(text): all are busy", "start more workers") }
        return .ok("workers", text)
    }

    private func leases(_ pools: [Pool]) async throws -> [Finding] {
        var late: [String] = []
        var expired: [String] = []
        for pool in pools {
            let reply = try await client.execute(RedisCommand("ZRANGE", pool.leases, "0", "-1", "WITHSCORES"))
            let list = reply.array.map(Array.init) ?? []
            for index in stride(from: 0, to: list.count - 1, by: 2) {
                // The leader has a moment to take it away.
                guard let end = list[index + 1].string.flatMap({ Double($0) }), Int(end) < now - 1000 else { continue }
                late.append("\(list[index].string ?? "?") (\((now - Int(end)) / 1000) s ago)")
            }
            expired += try await client.execute(RedisCommand("SMEMBERS", pool.expired)).array?.compactMap(\.string) ?? []
        }
        if !late.isEmpty {
            return [
                .fail(
                    "leases",
                    "leases have run out and nobody took them away: \(late.prefix(4).joined(separator: ", "))",
                    "start a coordinator: it recovers the jobs of dead workers"
                )
            ]
        }
        if !expired.isEmpty {
            return [
                .warn(
                    "leases",
                    "dead workers whose jobs are not all settled yet: \(expired.sorted().prefix(4).joined(separator: ", "))",
                    "a leading coordinator does it within seconds; look at its log where it does not"
                )
            ]
        }
        return [.ok("leases", "all leases are fresh")]
    }

    private static func versions(_ workers: [WorkerRecord]) -> [Finding] {
        let versions = Set(workers.map(\.version)).sorted()
        if versions.count > 1 {
            return [
                .warn(
                    "versions",
                    "workers of different versions run: \(versions.joined(separator: ", "))",
                    "they work together; finish the update"
                )
            ]
        }
        guard let version = versions.first, version != QueueVersion.current else { return [] }
        return [.warn("versions", "workers are of version \(version), this is \(QueueVersion.current)", "finish the update")]
    }
}
