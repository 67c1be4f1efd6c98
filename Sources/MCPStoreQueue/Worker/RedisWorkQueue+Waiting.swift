import Logging
import MCPStoreRedis
import NIOCore

/// Jobs that wait here for a token were delivered and have not been started. Redis knows that by their delivery counter, so that they are run
/// elsewhere when this worker dies, whatever they do: see ``RecoveryDecision``.
extension RedisWorkQueue {
    /// Notes that a delivery waits.
    ///
    /// Where replicas must confirm deliveries it counts as started from the delivery on: a replica that takes over might know that it waited,
    /// and not that it was started since.
    func noteWaiting(_ delivery: Delivery) {
        guard !mustBeConfirmed(delivery.job) else { return }
        unstarted.insert(delivery.entry)
        commands.send(claim(delivery.entry, deliveries: JobGroup.waiting)) { _ in }
    }

    /// Starts a job that has waited, once Redis knows.
    func startNoted(_ delivery: Delivery) {
        let entry = delivery.entry
        guard unstarted.remove(entry) != nil else { return startIfStillOurs(delivery) }
        let registration = id
        commands.send(claim(entry, deliveries: 1)) { [weak self] result in
            self?.assumeIsolated { queue in
                guard registration == queue.id, case .success(let reply) = result, reply.array?.isEmpty == false else {
                    // What somebody else has settled meanwhile is dropped by the fence.
                    return queue.giveBack(delivery, "Redis did not confirm its start")
                }
                queue.startIfStillOurs(delivery)
            }
        }
    }

    private func startIfStillOurs(_ delivery: Delivery) {
        if delivery.isOverdue(now: clock.now()) {
            return settle(Settlement(delivery, .end(CallerEnding.notStarted(delivery.job))))
        }
        guard ownership.isRunning(delivery.entry), lease.isHeld, !isDraining, !isResting else {
            return giveBack(delivery, "the worker drains or lost its lease")
        }
        handlers?.start(delivery)
    }

    /// `XCLAIM` by the worker that has the entry: it sets the delivery counter, and answers with nothing where the entry is not there any more.
    private func claim(_ entry: EntryID, deliveries: Int) -> RedisCommand {
        var command = RedisCommand("XCLAIM", argumentCapacity: 128)
        for text in [entry.lane?.key ?? "", JobGroup.name, id, "0", entry.description, "RETRYCOUNT", "\(deliveries)", "JUSTID"] {
            command.append(text)
        }
        return command
    }
}
