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
                let since = seconds * 1000 - Int(end)
                if since > Self.silence { silent[worker] = since }
            }
        }
        return silent.isEmpty ? states : states.mapValues { $0.without(silent) }
    }
}

extension ServiceState {
    /// - Parameter silent: Workers, and for how many milliseconds their lease has been over.
    func without(_ silent: [String: Int]) -> ServiceState {
        let left = workers.filter { silent[$0.key] == nil }
        guard left.count < workers.count else { return self }
        var state = self
        state.workers = left
        if left.isEmpty {
            let (worker, since) = workers.keys.compactMap { id in silent[id].map { (id, $0) } }.min { $0.1 < $1.1 } ?? ("", 0)
            state.status = .disconnected
            state.reason =
                "its worker \(worker) has not been heard of since its lease ran out \(since / 1000) s ago, and nobody has taken the service over"
            state.error = ""
            state.stderr = []
        } else if let best = left.sorted(by: { $0.key < $1.key }).map(\.value).min(by: { $0.status.rank < $1.status.rank }) {
            state.status = best.status
            state.reason = best.reason
        }
        return state
    }
}
