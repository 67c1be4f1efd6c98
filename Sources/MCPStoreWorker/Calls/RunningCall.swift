import MCPStoreProtocol
import MCPStoreQueue

/// A call that a session has been asked to run.
struct RunningCall {
    /// Why it was cancelled by us.
    enum Cancellation {
        /// Settled by somebody else: whatever we settle is dropped by the fence.
        case settledElsewhere
        /// The worker stops or lost its lease: others go on with it.
        case givenBack(reason: String, countsAttempt: Bool)
    }

    let delivery: Delivery
    /// Microseconds by Redis' clock.
    let started: Int
    var handle: RequestHandle?
    var cancellation: Cancellation?
    /// ``ServerClock/boot()`` of the last progress that was passed on.
    var lastProgress = 0
}
