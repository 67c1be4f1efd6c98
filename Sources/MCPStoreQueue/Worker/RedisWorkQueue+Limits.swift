import Logging
import MCPStoreRedis
import NIOCore

/// Limits over the whole cluster: tokens are leased ahead, jobs without one wait (``LimitBook``).
extension RedisWorkQueue {
    /// How often a job that waits here for a token is looked at, in microseconds.
    private static let waitCheck = 3_000_000

    /// Whether a job may be handed to the worker now. Otherwise it waits here without a slot, or comes again later.
    func admits(_ delivery: Delivery) -> Bool {
        switch limits.admit(delivery, now: ServerClock.boot()) {
        case .start: return true
        case .wait:
            planner.slotFreed(delivery.job.laneID)
            noteWaiting(delivery)
            watchWaiting(delivery)
        case .giveBack: giveBack(delivery, "the limit of the service is reached on this worker")
        case .delay(let time): delay(delivery, time)
        }
        schedulePump()
        return false
    }

    /// Ends a job that waits here when its time is over, and gives it back where others could start it sooner. As long as nothing but tokens
    /// of its tool is missing it stays: workers have their turns for those, and who gave it back would lose its place.
    private func watchWaiting(_ delivery: Delivery) {
        let due = min(delivery.startBy ?? .max, delivery.deadline)
        let left = max(due - clock.now(), 0) + 1000
        // Of a job that waits no longer the timer holds nothing.
        let entry = delivery.entry
        eventLoop.scheduleTask(in: .microseconds(Int64(min(left, Self.waitCheck)))) { [weak self] in
            self?.assumeIsolated { queue in
                guard let delivery = queue.limits.waiting(entry) else { return }
                if left <= Self.waitCheck {
                    queue.settle(Settlement(delivery, .end(CallerEnding.notStarted(delivery.job))))
                } else if queue.planner.hasSlot(for: delivery.job.laneID),
                    queue.limits.lacksOnlyToolTokens(delivery.job, now: ServerClock.boot())
                {
                    queue.watchWaiting(delivery)
                } else {
                    queue.giveBack(delivery, "no token came for the tool '\(delivery.job.name)'")
                }
            }
        }
    }

    /// Puts a job among the delayed ones, and tells the coordinator. Where it is then, no dead worker can take it along.
    private func delay(_ delivery: Delivery, _ time: Int) {
        let job = delivery.job
        let due = min(clock.now() + time, delivery.startBy ?? delivery.deadline, delivery.deadline) / 1000
        let reason = "the limit of the tool '\(job.name)' is reached"
        settle(Settlement(delivery, .delay(reason: reason, attempt: job.attempt, deaths: job.deaths, due: due)))
        let space = job.service.space
        // One event for many: the coordinator looks again at what is left.
        guard (delayedUntil[space] ?? .min) > due || delayedUntil[space].map({ $0 <= clock.now() / 1000 }) ?? true else { return }
        delayedUntil[space] = due
        commands.send(PoolEvent.delayed(space, due: due).command(in: options.pool)) { _ in }
    }

    /// Starts what may start, asks for tokens where few are left, and tells the planner what may be read.
    func pumpLimits() {
        guard !limits.isEmpty else { return }
        let now = ServerClock.boot()
        for service in limits.takeTouched() {
            while let delivery = limits.next(service, now: now, hasSlot: { planner.hasSlot(for: $0) }) {
                planner.adopted(delivery.job.laneID)
                startNoted(delivery)
            }
            for (scope, ask) in limits.asks(service, now: now) + limits.surplus(service, now: now) { send(ask, scope) }
            allowReads(service, now: now)
            lookAgain(service, now: now)
        }
    }

    /// Tells the planner what may be read of a service.
    func allowReads(_ service: ServiceID, now: Int) {
        let opened = planner.allow(service, limits.room(service, now: now))
        if !opened.isEmpty { replan(for: opened.flatMap { service in Lane.allCases.map { LaneID(service: service, lane: $0) } }) }
    }

    private func lookAgain(_ service: ServiceID, now: Int) {
        guard let next = limits.timer(service, now: now) else { return }
        eventLoop.scheduleTask(in: .microseconds(Int64(max(next - now, 0)))) { [weak self] in
            self?.assumeIsolated { queue in
                queue.limits.timerFired(service, at: next)
                queue.schedulePump()
            }
        }
    }

    private func send(_ ask: LimitShare.Ask, _ scope: LimitScope) {
        guard let terms = limits.terms(scope), isRegistered else { return limits.failed(scope, now: ServerClock.boot()) }
        let (sent, registration) = (ServerClock.boot(), id)
        let arguments: [RedisArgument] = [
            .string(id), .int(options.leaseMilliseconds), .int(terms.concurrency ?? 0), .string("\(terms.rate ?? 0)"),
            .int(terms.capacity), .int(ask.share), .int(ask.inUse), .int(ask.held), .int(ask.returned), .int(ask.wanted),
            .int(ask.unit), .int(ask.waiting),
        ]
        commands.send(Scripts.limitLease, keys: [scope.key], arguments: arguments) { [weak self] result in
            self?.assumeIsolated { queue in
                let now = ServerClock.boot()
                defer { queue.schedulePump() }
                guard case .success(let reply) = result, let parts = reply.array, parts.count == 5, registration == queue.id,
                    let share = parts[0].integer, let extra = parts[1].integer, let wait = parts[2].integer,
                    let need = parts[3].integer, let ring = parts[4].array
                else {
                    if case .failure(let error) = result {
                        queue.logger.debug(
                            "cannot lease tokens",
                            metadata: ["limit": "\(scope.key)", "error": "\(error.message)"]
                        )
                    }
                    return queue.limits.failed(scope, now: now)
                }
                let mayRing = queue.limits.answered(
                    scope,
                    share: share,
                    extra: extra,
                    wait: wait,
                    sent: sent,
                    lease: queue.options.leaseMilliseconds * 1000,
                    now: now,
                    need: LimitShare.Need(rawValue: need)
                )
                guard mayRing else { return }
                for worker in ring.compactMap(\.string) {
                    queue.commands.send(ControlMessage.tokens(scope.key).command(to: worker, in: queue.options.pool)) { _ in }
                }
            }
        }
    }

    /// Every third of the lease: what is held stays, what is not used goes back.
    func renewLimits() {
        guard !limits.isEmpty else { return }
        let canUse = planner.running < planner.slots && !isDraining && !isResting
        for (scope, ask) in limits.renewals(now: ServerClock.boot(), canUse: canUse) { send(ask, scope) }
    }

    /// A service is read no more: what waits here goes to others, and so do its tokens.
    func closeLimits(_ service: ServiceID) {
        for delivery in limits.waiting(of: service) { giveBack(delivery, "the service is not read here any more") }
        limits.close(service)
        for (scope, ask) in limits.closings(service) { send(ask, scope) }
    }

    /// What waits for tokens goes to others.
    func giveBackWaiting(_ reason: String) {
        for delivery in limits.waiting(of: nil) { giveBack(delivery, reason) }
    }
}
