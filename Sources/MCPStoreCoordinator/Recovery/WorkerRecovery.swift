import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Recovers one dead worker. Its id stays in the pool's set of the dead until the last step, and every step may be done
/// twice: a leader that dies in between leaves work that the next one does again from the start.
struct WorkerRecovery: Sendable {
    /// A lane of one worker never holds that many pages of jobs: it holds no more than the worker has slots.
    private static let mostPages = 10_000

    let office: OfficeContext
    let worker: String
    /// Whether it is forgotten although its views could not be taken away: it failed many times.
    var ignoresViews = false

    func run() async throws(QueueError) -> RecoveryCount {
        let lanes = try await office.pool.lanes(of: worker)
        let total = NIOLockedValueBox(RecoveryCount())
        let failed = NIOLockedValueBox(0)
        // Jobs first: callers wait for them.
        try await Concurrently.forEach(lanes) { (lane) async throws(QueueError) in
            let isDone = try await office.contain("recover jobs", lane.key) { () async throws(QueueError) in
                guard try await isStream(lane) else { return }
                let count = try await recover(lane)
                total.withLockedValue { $0.add(count) }
                if count.moved > 0 { try await office.ring(lane) }
                try await office.recovery.deleteConsumer(worker, in: lane)
            }
            if !isDone { failed.withLockedValue { $0 += 1 } }
        }
        let views = try await takeAwayViews(lanes)
        let missing = failed.withLockedValue { $0 } + (ignoresViews ? 0 : views)
        guard missing == 0 else { throw QueueError(.redis, "\(missing) of its lanes and services could not be cleared") }
        try office.term.verify()
        _ = try await office.pool.forget(worker)
        return total.withLockedValue { $0 }
    }

    private func recover(_ lane: LaneID) async throws(QueueError) -> RecoveryCount {
        var count = RecoveryCount()
        for _ in 0..<Self.mostPages {
            try office.term.verify()
            let delivered = try await deliveries(lane)
            let pending = try await office.recovery.pending(of: worker, in: lane)
            if pending.isEmpty { return count }
            let now = office.clock.now()
            let settlements = pending.map { delivery in
                Settlement(
                    delivery,
                    RecoveryDecision.action(
                        for: delivery,
                        worker: worker,
                        isStarted: delivered[delivery.entry]?.isStarted ?? true,
                        delivered: delivered[delivery.entry]?.time,
                        now: now,
                        maxDeaths: office.options.maxDeaths
                    )
                )
            }
            for result in try await office.settle(settlements, in: lane.service.space) {
                switch result {
                case .moved, .delayed: count.moved += 1
                case .ended: count.ended += 1
                case .notOurs, .running, .unconfirmed: count.notOurs += 1
                }
            }
        }
        throw QueueError(.redis, "the jobs of \(worker) in \(lane.key) do not come to an end")
    }

    /// A tenant may have put something else where the lane was; then no job is in it.
    private func isStream(_ lane: LaneID) async throws(QueueError) -> Bool {
        do {
            return try await office.client.execute(RedisCommand("TYPE", lane.key)).string == "stream"
        } catch {
            throw QueueError(error)
        }
    }

    /// When the next jobs were delivered, in microseconds by Redis' clock, and whether they may have been started.
    private func deliveries(_ lane: LaneID) async throws(QueueError) -> [EntryID: (time: Int, isStarted: Bool)] {
        let reply: RESPReply
        do {
            reply = try await office.client.execute(RedisCommand("XPENDING", lane.key, JobGroup.name, "-", "+", "100", worker))
        } catch {
            if error.serverCode == "NOGROUP" { return [:] }
            throw QueueError(error)
        }
        let now = office.clock.now()
        var found: [EntryID: (time: Int, isStarted: Bool)] = [:]
        guard let entries = reply.array else { return [:] }
        for entry in entries {
            guard let parts = entry.array, parts.count >= 3, let id = parts[0].string, let idle = parts[2].integer else {
                continue
            }
            let isStarted = parts.count < 4 || parts[3].integer != JobGroup.waiting
            found[EntryID(id, in: lane)] = (now - idle * 1000, isStarted)
        }
        return found
    }

    /// What the worker said about services: those placed on it, and those whose lanes it read.
    ///
    /// - Returns: How many it could not take away.
    private func takeAwayViews(_ lanes: [LaneID]) async throws(QueueError) -> Int {
        let failed = NIOLockedValueBox(0)
        let services = Set(try await office.pool.services(of: worker)).union(lanes.map(\.service))
        try await Concurrently.forEach(services) { (service) async throws(QueueError) in
            let isDone = try await office.contain("clear the state of a service", service.description) {
                () async throws(QueueError) in
                try office.term.verify()
                try await office.registry(service.space).publish(nil, of: service.name, worker: worker)
            }
            if !isDone { failed.withLockedValue { $0 += 1 } }
        }
        return failed.withLockedValue { $0 }
    }
}
