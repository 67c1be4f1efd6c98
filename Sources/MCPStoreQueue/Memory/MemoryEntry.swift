import NIOCore

/// One accepted job in memory that has no outcome yet.
struct MemoryEntry {
    enum Place: Equatable {
        case queued
        /// Delivered to this worker.
        case running(String)
        /// Given back or put off: it returns to its lane a moment, or a while, later.
        case held
    }

    /// Who waits for its outcome.
    struct Waiter {
        var caller: String
        var onProgress: (@Sendable (ByteBuffer) -> Void)?
        var completion: @Sendable (Result<Outcome, QueueError>) -> Void
    }

    var delivery: Delivery
    var place = Place.queued
    /// When its time is over, in microseconds by the queue's clock.
    let deadline: Int
    /// `nil` once its caller was told something else.
    var waiter: Waiter?

    init(_ delivery: Delivery, waiter: Waiter?) {
        self.delivery = delivery
        self.waiter = waiter
        deadline = delivery.deadline
    }

    /// When something must be done about it: until it runs, its start may be limited too.
    var due: Int { owner == nil ? min(deadline, delivery.startBy ?? .max) : deadline }

    /// The worker that runs it.
    var owner: String? {
        if case .running(let worker) = place { worker } else { nil }
    }
}
