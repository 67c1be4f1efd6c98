import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

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
    /// The id under which the worker was registered when it started.
    let worker: String
    /// Microseconds by Redis' clock.
    let started: Int
    var handle: RequestHandle?
    /// With isolation `perCall`: opens ``own``.
    var opening: Task<Void, Never>?
    /// The session that is this call's alone.
    var own: MCPSession?
    var cancellation: Cancellation?
    /// It waits here and was not sent.
    var isParked = false
    /// Ends it at its deadline while it waits.
    var timer: Scheduled<Void>?
    /// ``ServerClock/boot()`` when the next progress would be due if they came evenly; a burst may be ahead of it.
    var progressDue = 0
    /// The same for log messages.
    var logDue = 0
}
