import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// How a call ends from the caller's side. A caller whose wait is over does not decide: it settles the job, and the outcome
/// that won is returned.
extension RedisJobQueue {
    /// Sets the one timer of this process' deadlines.
    func setTimer(_ deadline: Int) {
        let delay = TimeAmount.microseconds(Int64(max(deadline - ServerClock.boot(), 0) + 1000))
        eventLoop.scheduleTask(in: delay) { self.endExpired() }
    }

    private func endExpired() {
        let now = ServerClock.boot()
        let (late, expired, next) = waiters.withLockedValue { waiters in
            guard now >= waiters.nextDeadline else { return ([Waiters.Waiter](), [Waiters.Waiter](), Int.max) }
            let late = waiters.late(now: now, again: now + 100_000)
            let expired = waiters.expired(now: now)
            return (late, expired, waiters.nextDeadline)
        }
        for waiter in late { endIfWaiting(waiter) }
        for waiter in expired { end(waiter.job.id, as: .timedOut) }
        if next != .max { setTimer(next) }
    }

    /// A job that must have been started by now ends, unless a worker has it. Where its place is not known, the worker or the
    /// coordinator that meets it ends it.
    private func endIfWaiting(_ waiter: Waiters.Waiter) {
        guard case .accepted(let entry) = waiter.phase else { return }
        let known = hint(waiter.job.service.name)
        let outcome = CallerEnding.notStarted(waiter.job, service: known.condition)
        var settlement = Settlement(Delivery(job: waiter.job, entry: entry), .end(outcome), claims: true)
        settlement.onlyWaiting = true
        batcher.settle(settlement) { result in
            if case .ended = result { self.complete(waiter.job.id, outcome) }
        }
    }

    /// Ends a call as `kind`, unless it has an outcome already.
    func end(_ id: String, as kind: OutcomeKind) {
        guard let waiter = waiters.withLockedValue({ $0.beginEnding(id, as: kind) }) else { return }
        giveUpLater(id)
        switch waiter.phase {
        case .accepted, .delayed: settleEnding(id, as: kind)
        case .inDoubt: find(waiter.job)
        case .attached: leave(waiter.job, as: kind)
        case .sent: break  // accepted(_:_:) goes on
        }
    }

    /// Only when Redis cannot be reached is the outcome unknown. A Redis that is reached, but slow, gets the time twice.
    private func giveUpLater(_ id: String, isFirst: Bool = true) {
        let patience = TimeAmount.microseconds(Int64(socketTimeout / .microseconds(1)))
        eventLoop.scheduleTask(in: patience) {
            guard self.waiters.withLockedValue({ $0[id] }) != nil else { return }
            if isFirst, self.client.isConnected { return self.giveUpLater(id, isFirst: false) }
            self.fail(
                id,
                QueueError(.unknown, "Redis did not say in time what became of the call: it may have run, or may still run")
            )
        }
    }

    func settleEnding(_ id: String, as kind: OutcomeKind) {
        guard let waiter = waiters.withLockedValue({ $0[id] }) else { return }
        // Where the job was, waiting or running, is known to the script only, which says it in the outcome that it writes.
        let known = hint(waiter.job.service.name)
        let outcome = CallerEnding.outcome(of: waiter.job, as: kind, service: known.condition)
        switch waiter.phase {
        case .accepted(let entry):
            let settlement = Settlement(Delivery(job: waiter.job, entry: entry), .end(outcome), claims: true)
            batcher.settle(settlement) { result in
                switch result {
                case .ended(let owner):
                    self.complete(id, CallerEnding.placed(outcome, owner: owner))
                    if let owner, !owner.isEmpty { self.cancelRunning(waiter.job, entry: entry, on: owner) }
                case .notOurs, .moved, .delayed, .running:
                    // It has an outcome, which is on its way, or it lies elsewhere: the inbox says which.
                    self.find(waiter.job)
                case .unconfirmed: break  // whoever waits is told that nothing is known when its time is over
                }
            }
        case .delayed:
            let job = waiter.job
            let arguments: [RedisArgument] = [
                .string(id), .string(outcome.kind.rawValue), .bytes(CallerEnding.placed(outcome, owner: nil).payload),
                .int(outcome.attempt), .int(clock.now()),
            ]
            let record: [String] = job.record.isEmpty ? [] : [keys.record(job.record)]
            let scriptKeys = [keys.delayed, keys.delayedJobs, keys.inbox(caller), job.statsKey] + record
            client.send(Scripts.settleDelayed, keys: scriptKeys, arguments: arguments) { result in
                if case .success(let reply) = result, reply.integer == 1 {
                    return self.complete(id, CallerEnding.placed(outcome, owner: nil))
                }
                self.find(job)
            }
        case .sent, .inDoubt, .attached:
            break
        }
    }

    func complete(_ id: String, _ outcome: Outcome) {
        waiters.withLockedValue { $0.take(id) }?.completion(.success(outcome))
    }

    /// Tells the worker that runs a job to cancel it. A lost message is made good when the worker compares what it runs
    /// with what it owns.
    func cancelRunning(_ job: Job, entry: EntryID, on worker: String) {
        guard let pool = hint(job.service.name).pool else { return }
        client.send(ControlMessage.cancel(job.laneID, entry).command(to: worker, in: pool)) { _ in }
    }

    /// Rings the workers of a service, which may watch other lanes only.
    func wake(_ lane: LaneID) {
        let hint = hint(lane.service.name)
        guard let pool = hint.pool else {
            // Nobody is known yet who could be rung: the next job tries again.
            return lanes.withLockedValue { $0.forgetUse(of: lane) }
        }
        for worker in hint.workers {
            client.send(ControlMessage.wake(lane).command(to: worker, in: pool)) { _ in }
        }
    }

    /// Looks for a job whose place is not known. Where it is nowhere, a marker follows in the inbox behind any outcome.
    ///
    /// - Parameter from: Where to go on looking: one call of the script looks at a bounded number of entries.
    func find(_ job: Job, from: String? = nil) {
        let first = from ?? String(max(job.submitted / 1000 - 10_000, 0))
        let arguments: [RedisArgument] = [.string(job.id), .string(first), .string("+"), .int(Self.entriesPerSearch)]
        let scriptKeys = [keys.jobs(job.service.name, job.lane), keys.delayed, inbox.key]
        client.send(Scripts.find, keys: scriptKeys, arguments: arguments) { result in
            guard case .success(let reply) = result else { return }  // looked for again with the next connection
            guard let place = reply.string else { return }
            if place == "delayed" {
                self.waiters.withLockedValue { _ = $0.setPhase(.delayed, of: job.id) }
                if let ending = self.waiters.withLockedValue({ $0[job.id]?.ending }) { self.settleEnding(job.id, as: ending) }
            } else if place.hasPrefix("(") {
                if self.waiters.withLockedValue({ $0[job.id] }) != nil { self.find(job, from: place) }
            } else {
                self.accepted(job.id, EntryID(place))
            }
        }
    }

    static let entriesPerSearch = 1000
}
