import NIOCore

/// Progress of a running job.
package struct Progress: Sendable {
    package var delivery: Delivery
    /// The raw `params` of `notifications/progress`.
    package var payload: ByteBuffer

    package init(_ delivery: Delivery, payload: ByteBuffer) {
        self.delivery = delivery
        self.payload = payload
    }

    package var job: Job { delivery.job }
}
