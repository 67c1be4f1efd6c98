import NIOCore

/// The caller's side of a queue: what a store needs to have a tool called. Redis and memory implement it.
package protocol JobQueue: Sendable {
    /// Submits a job and waits for its one outcome.
    ///
    /// Cancelling the task settles the job as `cancelled`; the outcome that won is returned.
    ///
    /// With ``Job/idempotency``, all jobs of one service, method and name that give the same key share one run:
    /// - The first one is the run. It is the caller's consent to run it again where what ran it died (``Job/mayRunAgain``),
    ///   and to submit it again where the reply to its submission was lost.
    /// - While it runs, others with the same key and the same bytes of parameters do not run: they wait, and return its
    ///   outcome, whatever that is. Their own deadline or cancellation ends their wait only (`timedOut` or `cancelled`, which
    ///   is not counted in stats); the run goes on. The run's own deadline, or the cancellation of its first caller, ends it for all.
    /// - When it was answered (`ok`, `toolError`, `protocolError`), others return that answer at once, for ``Job/retention``
    ///   after its end.
    /// - When it ended without an answer (`timedOut`, `cancelled`, `interrupted`, `unavailable`), or its data was deleted and its
    ///   deadline has passed, the next one with the key is a new run.
    /// - Other parameters under the same key are `rejected`, as long as the record is there.
    /// - All that is so with ``KeyUse/again``. With ``KeyUse/once`` the key is no consent, and a run that ended without an answer
    ///   is the run all the same: its outcome is returned; with ``KeyUse/unlessStarted`` one that ended as `unavailable` is not. With ``KeyUse/join`` a job runs in no case: it waits for, or returns
    ///   the outcome of, the run that there is, and is `lost` where there is none.
    /// - Stats count runs.
    /// - In memory the oldest answers are forgotten before their time where there are too many (``MemoryRecords``).
    ///
    /// - Parameter onProgress: Gets the raw `params` of the server's progress notifications.
    /// - Throws: ``QueueError``: `busy` and `rejected` (refused), `notAccepted` (certainly not queued), `unknown` (Redis was
    ///   lost: the job may have run), `lost` (see above), `stopped`.
    func submit(_ job: Job, onProgress: (@Sendable (ByteBuffer) -> Void)?) async throws(QueueError) -> Outcome

    /// A new job id of this caller.
    func makeJobID() -> String

    /// The name of this caller's inbox.
    var caller: String { get }

    /// The queue's time in microseconds, for ``Job/submitted``.
    var now: Int { get }

    /// Ends every waiting caller with `stopped`, and takes no more jobs.
    func close() async
}

extension JobQueue {
    /// Submits a job without interest in its progress.
    package func submit(_ job: Job) async throws(QueueError) -> Outcome { try await submit(job, onProgress: nil) }
}
