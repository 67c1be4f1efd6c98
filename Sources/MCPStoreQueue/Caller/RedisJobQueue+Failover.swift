import MCPStoreRedis
import NIOConcurrencyHelpers

/// What becomes of calls in flight when another server takes over, which may have missed the last writes of the one before.
extension RedisJobQueue {
    /// Entries that one call of the script looks for.
    private static let entriesPerLook = 500

    /// Looks for all accepted jobs; those that are missing have ended, have moved, or were forgotten: ``find(_:from:)`` tells.
    func verifyAccepted() {
        var lanes: [LaneID: [(entry: String, id: String)]] = [:]
        for (waiter, entry) in waiters.withLockedValue({ $0.accepted }) {
            lanes[waiter.job.laneID, default: []].append((entry.description, waiter.job.id))
        }
        for (lane, entries) in lanes {
            for start in stride(from: 0, to: entries.count, by: Self.entriesPerLook) {
                look(in: lane, for: Array(entries[start..<min(start + Self.entriesPerLook, entries.count)]))
            }
        }
    }

    private func look(in lane: LaneID, for entries: [(entry: String, id: String)]) {
        client.send(Scripts.missing, keys: [lane.key], arguments: entries.map { .string($0.entry) }) { result in
            // Looked for again with the next connection.
            guard case .success(let reply) = result, let found = reply.array else { return }
            let missing = Set(found.compactMap(\.string))
            for (entry, id) in entries {
                if missing.contains(entry) {
                    if let job = self.waiters.withLockedValue({ $0[id]?.job }) { self.find(job) }
                } else {
                    self.isThere(id)
                }
            }
        }
    }

    /// A job whose submission took no ticket (scripts), or that was found on another server.
    func confirm(_ id: String, _ barrier: ReplicaBarrier) {
        guard waiters.withLockedValue({ $0[id].map { $0.ticket == 0 || $0.wasConfirmed != nil } }) == true else { return }
        let ticket = barrier.ticket()
        waiters.withLockedValue { $0.setTicket(ticket, of: id) }
    }

    /// This server has the job: from now on its replicas are what counts.
    func isThere(_ id: String) {
        if let barrier { confirm(id, barrier) }
    }

    /// The error for a call that this server does not have, and no outcome of it: the marker of `find` came before any.
    func absence(of waiter: Waiters.Waiter) -> QueueError {
        let harmless = waiter.job.mayRunAgain ? "; if it ran, running it again does no harm" : ": it did not run"
        switch waiter.phase {
        case .inDoubt where waiter.mayHaveRun && waiter.job.mayRunAgain:
            return QueueError(.notAccepted, "Redis was replaced by a replica that does not know the call\(harmless)")
        case .inDoubt where waiter.mayHaveRun:
            return QueueError(
                .unknown,
                "the Redis server to which the call was sent was replaced by one that does not know it: it may have run"
            )
        case .inDoubt where waiter.hasLostInbox, .sent where waiter.hasLostInbox:
            return QueueError(.unknown, "the call is no longer in Redis and has no outcome: was its data deleted?")
        case .inDoubt, .sent:
            return QueueError(.notAccepted, "the connection to Redis was lost before the call was queued: it did not run")
        case .accepted where barrier != nil && waiter.wasConfirmed == false:
            return QueueError(
                .notAccepted,
                "Redis was replaced by a replica before enough replicas had confirmed the call\(harmless)"
            )
        case .accepted, .delayed, .attached:
            return QueueError(.unknown, "the call is no longer in Redis and has no outcome: was its data deleted?")
        }
    }
}
