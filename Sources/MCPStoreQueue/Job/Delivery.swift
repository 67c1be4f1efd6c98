/// A job as it lies in its lane.
package struct Delivery: Sendable {
    package var job: Job
    package var entry: EntryID

    package init(job: Job, entry: EntryID) {
        self.job = job
        self.entry = entry.placed(in: job.laneID)
    }

    /// When its time is over, in microseconds by Redis' clock.
    package var deadline: Int { ((job.since ?? entry.milliseconds).plausible + job.timeout.plausible) * 1000 }
}
