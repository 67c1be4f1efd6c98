import NIOCore

/// Progress of a running job.
package struct Progress: Sendable {
    package var job: Job
    /// The raw `params` of `notifications/progress`.
    package var payload: ByteBuffer

    package init(job: Job, payload: ByteBuffer) {
        self.job = job
        self.payload = payload
    }
}
