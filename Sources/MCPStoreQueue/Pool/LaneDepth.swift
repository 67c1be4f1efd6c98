/// How full one lane is.
package struct LaneDepth: Sendable, Equatable {
    package var lane: LaneID
    /// Entries of the stream: queued and running jobs.
    package var length: Int
    /// Delivered to a worker and not settled.
    package var running: Int
    /// How long the oldest queued job has been waiting, in microseconds by Redis' clock.
    package var oldestWait: Int?

    package var queued: Int { max(length - running, 0) }

    package init(lane: LaneID, length: Int, running: Int, oldestWait: Int?) {
        self.lane = lane
        self.length = length
        self.running = running
        self.oldestWait = oldestWait
    }
}
