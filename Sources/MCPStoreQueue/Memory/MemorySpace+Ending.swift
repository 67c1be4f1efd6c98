import NIOCore

/// Jobs that end without an answer of their worker: their deadline passed, their caller or their service is gone.
extension MemorySpace {
    /// Sets the one timer for the deadlines of all jobs.
    func setTimer(_ deadline: Int) {
        guard deadline < nextDeadline else { return }
        nextDeadline = deadline
        timer?.cancel()
        // A millisecond later: the answer of a worker that kept the deadline is taken.
        let delay = TimeAmount.microseconds(Int64(max(deadline - clock.now(), 0) + 1000))
        timer = eventLoop.scheduleTask(in: delay) { [weak self] in self?.assumeIsolated { $0.endExpired() } }
    }

    private func endExpired() {
        let now = clock.now()
        let (expired, next) = lanes.expired(now: now)
        let (attached, nextAttached) = records.expired(now: now)
        for entry in expired { end(entry, as: .timedOut) }
        for one in attached { leave(one.job.id, as: .timedOut) }
        nextDeadline = .max
        // Looking takes longer the more there is: at most about a tenth of the time is spent on it.
        let pause = (lanes.entries.count + records.attachedCount) / 2
        if min(next, nextAttached) != .max { setTimer(max(min(next, nextAttached), now + pause)) }
    }

    /// Its caller takes a job back.
    func cancel(_ job: String) {
        if let entry = lanes.entry(ofJob: job) { end(entry, as: .cancelled) } else { leave(job, as: .cancelled) }
    }

    private func end(_ entry: MemoryEntry, as kind: OutcomeKind) {
        let job = entry.delivery.job
        let condition = documents.condition(of: job.service.name)
        if kind == .timedOut, entry.owner == nil, clock.now() < entry.deadline {
            return end(entry, CallerEnding.notStarted(job, service: condition))
        }
        end(entry, CallerEnding.outcome(of: job, as: kind, service: condition))
    }

    /// Ends a job from outside; the worker that runs it cancels it.
    func end(_ entry: MemoryEntry, _ outcome: Outcome) {
        let delivery = entry.delivery
        guard case .ended(let owner?) = settle(Settlement(delivery, .end(outcome), claims: true)) else { return }
        workers.first { $0.workerID == owner }?.assumeIsolated { $0.cancel(delivery.entry) }
    }

    /// Ends the queued jobs of a service that was removed; what runs may finish.
    func endQueued(of service: ServiceID) {
        for entry in lanes.waiting(service) { end(entry, CallerEnding.removed(entry.delivery.job)) }
        buryIfDone(service)
    }

    /// Deletes what a removed service left, once nothing of it is queued or running.
    func buryIfDone(_ service: ServiceID) {
        guard !documents.removed.isEmpty, documents.removed[service.name] != nil, lanes.isEmpty(service) else { return }
        documents.bury(service.name)
        lanes.forget(service)
    }

    /// Who waits for the jobs of this caller waits no more; the jobs go on.
    func forget(_ caller: String) {
        for waiter in lanes.takeWaiters(of: caller) + records.takeAttached(of: caller).map(\.waiter) {
            waiter.completion(.failure(QueueError(.stopped, "the store was closed while the call was in flight")))
        }
    }

    /// Ends every job, so that workers can leave at once.
    package func cancelAll() {
        for entry in lanes.entries.values {
            let reason = Reason("the store was closed")
            end(entry, Outcome(kind: .cancelled, payload: reason.payload))
        }
    }
}
