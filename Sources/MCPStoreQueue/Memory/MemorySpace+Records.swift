import NIOCore

/// Jobs with an idempotency key; see ``JobQueue/submit(_:onProgress:)`` for the rule, ``MemoryRecords`` for what is kept.
extension MemorySpace {
    /// Where the job is not the run of its key: has it wait for that run, or completes it.
    ///
    /// - Returns: Whether that was so.
    func shares(_ job: Job, _ waiter: MemoryEntry.Waiter) -> Bool {
        switch records.verdict(job, now: clock.now()) {
        case .runs:
            return false
        case .waits:
            let deadline = (job.since.map { $0 * 1000 } ?? clock.now()) + job.timeout * 1000
            records.attach(.init(job: job, deadline: deadline, waiter: waiter))
            setTimer(deadline)
        case .ended(let outcome):
            waiter.completion(.success(outcome))
        case .otherParameters:
            waiter.completion(.failure(.otherParameters(job)))
        case .lost:
            waiter.completion(.failure(.lost(job)))
        }
        return true
    }

    /// The wait for the run of another is over; the run goes on.
    func leave(_ job: String, as kind: OutcomeKind) {
        guard let one = records.leave(job) else { return }
        one.waiter.completion(.success(CallerEnding.left(one.job, as: kind)))
    }

    // MARK: Beside Redis

    /// A job with a key is about to go to Redis.
    ///
    /// - Returns: Whether it may; otherwise its key was run, or runs, here.
    func entersRedis(_ job: Job) -> Bool {
        if records.knows(job, now: clock.now()) { return false }
        records.beganElsewhere(job)
        return true
    }

    /// A job with a key waits in Redis no more: tells those who wait for it here.
    func leftRedis(_ job: Job, _ result: Result<Outcome, QueueError>, longest: Int) {
        var outcome: Outcome?
        if case .success(let end) = result { outcome = end }
        for one in records.endedElsewhere(job, outcome, now: clock.now()) {
            switch result {
            case .success:
                one.waiter.completion(result)
            case .failure(let error) where error.code == .unknown || error.code == .stopped:
                one.waiter.completion(result)
            case .failure:
                // It did not run there, or may be run again: the first of them is the run now.
                var job = one.job
                job.since = one.deadline / 1000 - job.timeout
                submit(job, longest: longest, waiter: one.waiter)
            }
        }
    }
}
