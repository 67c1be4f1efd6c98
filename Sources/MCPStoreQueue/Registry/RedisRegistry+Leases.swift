import MCPStoreRedis

/// What a worker said of a service is worth as much as the worker's lease.
extension RedisRegistry {
    /// Where nobody recovers the workers of a pool, because the last store of a space was killed, their words would stay for
    /// ever. For this long after its lease ran out a worker is still believed: whoever leads does better.
    static let silence = 5_000

    /// The states without the views of workers that have not been heard of.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func withoutTheSilent(_ states: [String: ServiceState]) async throws(QueueError) -> [String: ServiceState] {
        var workers: [String: Set<String>] = [:]
        for state in states.values {
            for (worker, view) in state.workers where !view.pool.isEmpty { workers[view.pool, default: []].insert(worker) }
        }
        guard !workers.isEmpty else { return states }
        let asked = workers.sorted { $0.key < $1.key }.map { (pool: $0.key, workers: $0.value.sorted()) }
        var commands = [RedisCommand("TIME")]
        for (pool, workers) in asked {
            var command = RedisCommand("ZMSCORE", argumentCapacity: workers.count + 1)
            command.append(Pool(prefix: pool).leases)
            for worker in workers { command.append(worker) }
            commands.append(command)
        }
        let replies = await client.pipeline(commands)
        guard case .success(let time) = replies[0], let seconds = time.array?.first?.integer else { return states }
        var silent: [String: Int] = [:]
        for (index, (_, workers)) in asked.enumerated() {
            // Who is bound to a namespace may not see the leases of the cluster.
            guard case .success(let reply) = replies[index + 1], let scores = reply.array else { continue }
            for (worker, score) in zip(workers, scores) {
                // No lease: it registers anew, or its end is being written.
                guard let end = score.string.flatMap({ Double($0) }) else { continue }
                let since = seconds * 1000 - Int(plausible: end)
                if since > Self.silence { silent[worker] = since }
            }
        }
        return silent.isEmpty ? states : states.mapValues { $0.without(silent) }
    }
}

extension ServiceState {
    /// - Parameter silent: Workers, and for how many milliseconds their lease has been over.
    func without(_ silent: [String: Int]) -> ServiceState {
        let gone = workers.keys.compactMap { id in silent[id].map { (worker: id, since: $0) } }
        guard let last = gone.min(by: { $0.since < $1.since }) else { return self }
        var state = self
        for (worker, _) in gone { state.workers[worker] = nil }
        state.takeBestView(
            orElse:
                "its worker \(last.worker) has not been heard of since its lease ran out \(last.since / 1000) s ago, and nobody has taken the service over"
        )
        return state
    }
}
