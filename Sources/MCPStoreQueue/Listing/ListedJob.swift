/// A job as a list shows it: without its parameters and its result.
package struct ListedJob: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case queued
        case running
        /// It waits for a time.
        case delayed
        /// It has an outcome, which is kept.
        case ended
    }

    /// Where it lies, or lay.
    package var lane: LaneID
    /// The job's id; empty where nothing but its record is known.
    package var job = ""
    /// The MCP method.
    package var method = Job.usualMethod
    /// The tool's or prompt's own name, or the resource's URI.
    package var tool = ""
    package var state: State
    /// Its durable record; empty for none.
    package var record = ""
    /// When it was submitted, in microseconds by Redis' clock; 0 where that is not known.
    package var submitted = 0
    /// Its number of starts, this one included.
    package var attempt = 1
    /// The worker that has it, or had it; empty for none.
    package var worker = ""
    /// How long it waited, or has been waiting, in microseconds; `nil` where that is not known.
    package var waited: Int?
    /// How long it ran, or has been running, likewise.
    package var ran: Int?
    /// Of one that is delayed: until when, in milliseconds by Redis' clock.
    package var due: Int?
    /// How it ended.
    package var outcome: OutcomeKind?
    /// When it ended, in microseconds by Redis' clock.
    package var finished = 0

    package init(lane: LaneID, state: State) {
        self.lane = lane
        self.state = state
    }
}
