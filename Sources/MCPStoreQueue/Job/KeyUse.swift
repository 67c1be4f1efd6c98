/// What a caller wants of the idempotency key of a job: see ``JobQueue/submit(_:onProgress:)``.
package enum KeyUse: String, Sendable {
    /// An answer. The key is consent to run the job again where what ran it died, or where it ended without an answer.
    case again
    /// One run. However it ended, that is the outcome: with the key alone the job never runs a second time, and whether it may
    /// is said by ``Job/mayRunAgain`` as without a key.
    case once
    /// The outcome of the run that there was. Where nothing is known of one, nothing runs.
    case join
}
