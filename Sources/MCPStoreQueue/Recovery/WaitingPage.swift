/// A part of what waits in a lane: of jobs that nobody was given yet.
package struct WaitingPage: Sendable {
    /// Oldest first, without their parameters.
    package var deliveries: [Delivery] = []
    /// Ids of entries that hold no job.
    package var strays: [String] = []
    /// The id behind which to go on; `nil` at the end of the lane.
    package var next: String?
}
