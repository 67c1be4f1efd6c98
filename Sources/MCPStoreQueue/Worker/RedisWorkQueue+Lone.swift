import Logging
import NIOCore

/// Jobs during which workers have died run alone among those of their service: see ``LoneJobs``.
extension RedisWorkQueue {
    /// A lone job, or another one of a service that is held for one.
    func deliverHeld(_ delivery: Delivery) {
        let service = delivery.job.service
        // What was read before the service was held goes to others, or comes again.
        guard delivery.job.deaths >= LoneJobs.deaths else { return giveBack(delivery, "a call that must run alone runs here") }
        lone.add(delivery)
        planner.hold(service)
        if case .blocking(let watched) = fetch, watched.contains(where: { $0.service == service }) { unblock() }
        logger.log(
            .info,
            "a call during which workers died runs alone among those of its service",
            of: delivery.job,
            [.deaths: String(delivery.job.deaths)]
        )
        startLone(service)
        guard lone.waiting(delivery.entry) != nil else { return }
        // It waits for others, but never longer than its own deadline: whoever waits behind it does not pay for more.
        let left = TimeAmount.microseconds(Int64(max(delivery.deadline - clock.now(), 0) + 1000))
        eventLoop.scheduleTask(in: left) { [weak self] in
            self?.assumeIsolated { queue in
                guard queue.lone.waiting(delivery.entry) != nil else { return }
                queue.settle(Settlement(delivery, .end(CallerEnding.notStarted(delivery.job))))
            }
        }
    }

    /// A job of a worker with held services gave its slot back.
    func slotFreedWhileHeld(_ entry: EntryID, of service: ServiceID) {
        guard lone.holds(service) else { return }
        if lone.ended(entry, of: service) { planner.release(service) } else { startLone(service) }
    }

    private func startLone(_ service: ServiceID) {
        guard let delivery = lone.next(service, occupied: planner.occupied(by: service)) else { return }
        // It may have waited for long.
        if delivery.isOverdue(now: clock.now()) {
            return settle(Settlement(delivery, .end(CallerEnding.notStarted(delivery.job))))
        }
        guard lease.isHeld else { return giveBack(delivery, "the worker lost its lease") }
        // It has waited for its turn already: it takes a token, but waits for none.
        if !limits.isEmpty { limits.charge(delivery, now: ServerClock.boot()) }
        handlers?.start(delivery)
    }

    /// What waits for its turn goes to others.
    func giveBackLone(_ reason: String) {
        for delivery in lone.waiting { giveBack(delivery, reason) }
    }

    /// Gives a job back that was not started; it does not count as an attempt.
    func giveBack(_ delivery: Delivery, _ reason: String) {
        let job = delivery.job
        settle(Settlement(delivery, .move(reason: reason, attempt: job.attempt, deaths: job.deaths)))
    }
}
