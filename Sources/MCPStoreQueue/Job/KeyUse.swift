/// What a caller wants of the idempotency key of a job: see ``JobQueue/submit(_:onProgress:)``.
package enum KeyUse: String, Sendable {
    /// An answer. The key is consent to run the job again where what ran it died, or where it ended without an answer.
    case again
    /// One run. However it ended, that is the outcome: with the key alone the job never runs a second time, and whether it may
    /// is said by ``Job/mayRunAgain`` as without a key.
    case once
    /// One run, as with ``once``, but for a run that ended as `unavailable`: that certainly never started, and the next one takes its place.
    case unlessStarted
    /// The outcome of the run that there was. Where nothing is known of one, nothing runs.
    case join

    /// Whether a job runs where the run of its key has ended so.
    func runs(after kind: OutcomeKind) -> Bool {
        switch self {
        case .again: !kind.isAnswer
        case .unlessStarted: kind == .unavailable
        case .once, .join: false
        }
    }
}
