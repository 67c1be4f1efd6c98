/// How a call ended, as its caller saw it.
struct Ending: Equatable, Sendable {
    var id: String
    /// Whether the outcome is one of the job's, so that the call was accepted; else it is the code of a client's error.
    var isOutcome: Bool
    var outcome: String
    /// Of the text of the answer; 0 without one.
    var digest: UInt64 = 0
    var attempt = 0
    /// By ``Microseconds``.
    var at: Int
}
