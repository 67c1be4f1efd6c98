import NIOCore

/// The caller's side of a queue: what a store needs to have a tool called. Redis and memory implement it.
package protocol JobQueue: Sendable {
    /// Submits a job and waits for its one outcome.
    ///
    /// Cancelling the task settles the job as `cancelled`; the outcome that won is returned.
    ///
    /// - Parameter onProgress: Gets the raw `params` of the server's progress notifications.
    /// - Throws: ``QueueError``: `busy` and `rejected` (refused), `notAccepted` (certainly not queued), `unknown` (Redis was
    ///   lost: the job may have run), `stopped`.
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
