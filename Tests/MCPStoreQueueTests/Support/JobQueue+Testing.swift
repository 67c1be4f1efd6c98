import MCPStoreQueue
import NIOCore

extension JobQueue {
    /// A job of this caller.
    func job(
        _ service: ServiceID,
        _ name: String = "echo",
        _ parameters: String = "{}",
        lane: Lane = .interactive,
        timeout: Int = 30_000,
        again: Bool = false
    ) -> Job {
        Job(
            id: makeJobID(),
            service: service,
            lane: lane,
            name: name,
            parameters: ByteBuffer(string: parameters),
            inbox: caller,
            timeout: timeout,
            submitted: now,
            mayRunAgain: again
        )
    }

    /// Submits a job; refusals and failures come back as values.
    func call(_ job: Job) async -> Result<Outcome, QueueError> {
        do throws(QueueError) { return .success(try await submit(job)) } catch { return .failure(error) }
    }
}
