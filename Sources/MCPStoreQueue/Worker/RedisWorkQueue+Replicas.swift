import Logging
import MCPStoreRedis
import NIOCore

/// Jobs with side effects are started only once replicas know that they were delivered: a replica that takes over without that
/// knowledge would deliver them a second time.
extension RedisWorkQueue {
    /// Deliveries that wait for replicas. They occupy slots.
    struct Held {
        var deliveries: [Delivery] = []
        /// Since when they are held, ``ServerClock/boot()``: if that is long, their callers may have ended them meanwhile.
        var since: [EntryID: Int] = [:]
        /// Such ones that replicas have confirmed and of which is asked whether they are still ours.
        var checked: [EntryID: Delivery] = [:]
        /// Whether too few replicas answered, and nothing is asked for a second.
        var isPausing = false
        /// The last answer said: too few.
        var isShort = false

        func contains(_ entry: EntryID) -> Bool { checked[entry] != nil || deliveries.contains { $0.entry == entry } }
    }

    /// Who waited for replicas for longer than so many microseconds is asked for again before it starts.
    private static let promptly = 10_000

    /// Whether a job may start only when replicas have confirmed its delivery.
    func mustBeConfirmed(_ job: Job) -> Bool { replicaWait != nil && !job.mayRunAgain }

    /// Hands a job to the worker, where it must be once replicas have confirmed its delivery.
    func holdOrDeliver(_ delivery: Delivery, mayStart: Bool = true) {
        // One that comes a moment after the worker was told to rest is given back, and waits for nobody.
        let starts = mayStart && !isResting && !isDraining
        guard starts, mustBeConfirmed(delivery.job) else { return deliver(delivery, mayStart: mayStart) }
        held.deliveries.append(delivery)
        held.since[delivery.entry] = ServerClock.boot()
        schedulePump()
    }

    /// Asks the replicas where somebody waits for them.
    ///
    /// - Returns: Whether nothing may be read before they have answered.
    func confirmsHeld() -> Bool {
        guard let replicaWait, !held.deliveries.isEmpty, !held.isPausing else { return false }
        switch fetch {
        // CLIENT UNBLOCK would end the WAIT behind a read; so it never stands behind one.
        case .blocking: unblock()
        case .reading: break
        case .idle: confirmHeld(replicaWait)
        }
        return true
    }

    private func confirmHeld(_ wait: ReplicaWait) {
        fetch = .reading([])
        let generation = blockingConnection?.generation
        let entries = Set(held.deliveries.map(\.entry))
        // WAIT speaks of what Redis had written when it did the connection's last command. For a read that had blocked, or another
        // connection's delivery, that may be the time before it: any command brings that up to date.
        jobs.send(RedisCommand("PING")) { _ in }
        jobs.wait(for: wait) { result in
            self.assumeIsolated { queue in
                queue.fetch = .idle
                guard case .success(let replicas) = result, generation == queue.blockingConnection?.generation else {
                    return queue.dropHeld()
                }
                queue.answered(replicas, wait, entries)
                queue.schedulePump()
            }
        }
    }

    private func answered(_ replicas: Int, _ wait: ReplicaWait, _ entries: Set<EntryID>) {
        let isEnough = replicas >= wait.replicas
        if isEnough == held.isShort {
            held.isShort = !isEnough
            logger.log(
                level: isEnough ? .info : .warning,
                isEnough
                    ? "replicas confirm deliveries again"
                    : "fewer replicas than asked for confirm deliveries: calls with side effects are not started until they do",
                metadata: ["replicas": "\(replicas)", "wait_replicas": "\(wait.replicas)"]
            )
        }
        guard isEnough else {
            held.isPausing = true
            eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in
                self?.assumeIsolated { queue in
                    queue.held.isPausing = false
                    queue.schedulePump()
                }
            }
            return
        }
        let confirmed = held.deliveries.filter { entries.contains($0.entry) }
        held.deliveries.removeAll { entries.contains($0.entry) }
        let now = ServerClock.boot()
        for delivery in confirmed {
            let since = held.since.removeValue(forKey: delivery.entry) ?? 0
            if now - since < Self.promptly { deliver(delivery) } else { check(delivery) }
        }
    }

    /// Starts a job that was held for long, if nobody has ended it since.
    private func check(_ delivery: Delivery) {
        let entry = delivery.entry
        held.checked[entry] = delivery
        let command = RedisCommand(
            "XPENDING",
            delivery.job.laneID.key,
            JobGroup.name,
            entry.description,
            entry.description,
            "1",
            id
        )
        commands.send(command) { [weak self] result in
            self?.assumeIsolated { queue in
                guard let delivery = queue.held.checked.removeValue(forKey: entry) else { return }
                if case .success(let reply) = result, reply.array?.count == 1 { return queue.deliver(delivery) }
                queue.planner.slotFreed(delivery.job.laneID)
                if case .failure = result { queue.needsReview = true }
                queue.schedulePump()
            }
        }
    }

    /// The connection is gone over which they came: the review finds them again, if they are still ours.
    func dropHeld() {
        needsReview = true
        for delivery in held.deliveries { planner.slotFreed(delivery.job.laneID) }
        forgetDeliveries()
        eventLoop.scheduleTask(in: .milliseconds(50)) { [weak self] in self?.assumeIsolated { $0.reviewIfNeeded() } }
    }

    /// They will not be started by this worker: given back where they are still ours.
    func giveBackHeld() {
        let deliveries = held.deliveries
        forgetDeliveries()
        for delivery in deliveries { deliver(delivery, mayStart: false) }
    }

    private func forgetDeliveries() {
        held.deliveries = []
        held.since = [:]
    }

    /// Its caller has ended it before it was started.
    ///
    /// - Returns: Whether it was waiting here.
    func forgetHeld(_ entry: EntryID) -> Bool {
        if let delivery = held.checked.removeValue(forKey: entry) {
            planner.slotFreed(delivery.job.laneID)
            return true
        }
        guard let index = held.deliveries.firstIndex(where: { $0.entry == entry }) else { return false }
        held.since[entry] = nil
        planner.slotFreed(held.deliveries.remove(at: index).job.laneID)
        return true
    }

    /// Whether both connections lead to the same server. During a failover they may not for a moment: what one server delivers
    /// cannot be settled on another that never heard of it.
    var isOnOneServer: Bool { runID == blockingConnection?.runID }
}
