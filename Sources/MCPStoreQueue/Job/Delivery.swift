/// A job as it lies in its lane.
package struct Delivery: Sendable {
    package var job: Job
    package var entry: EntryID

    package init(job: Job, entry: EntryID) {
        self.job = job
        self.entry = entry.placed(in: job.laneID)
    }

    /// Until when it must be started for the first time, in microseconds by Redis' clock; `nil` where that is not limited, or it
    /// was started before.
    package var startBy: Int? {
        guard job.waitLimit > 0, job.waitLimit < job.timeout, job.attempt == 1, job.deaths == 0 else { return nil }
        return ((job.since ?? entry.milliseconds).plausible + job.waitLimit.plausible) * 1000
    }

    /// Whether it is too late to start it.
    package func isOverdue(now: Int) -> Bool { now >= deadline || startBy.map { now >= $0 } ?? false }

    /// When its time is over, in microseconds by Redis' clock.
    package var deadline: Int { ((job.since ?? entry.milliseconds).plausible + job.timeout.plausible) * 1000 }
}
