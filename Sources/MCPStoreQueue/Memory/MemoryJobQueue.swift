import NIOConcurrencyHelpers
import NIOCore

/// The caller's side of the queue in memory: submits jobs of one space, with the limits of one caller.
package final class MemoryJobQueue: JobQueue, Sendable {
    private struct State {
        var jobs = 0
        var bytes = 0
        var number = 0
        var isClosed = false
    }

    package let caller: String
    private let hub: MemorySpace
    private let limits: CallerLimits
    private let state = NIOLockedValueBox(State())

    /// - Parameter caller: A name that no other caller of the space has.
    package init(_ hub: MemorySpace, caller: String, limits: CallerLimits = .init()) {
        self.hub = hub
        self.caller = caller
        self.limits = limits
    }

    package var now: Int { hub.clock.now() }

    package func makeJobID() -> String {
        let number = state.withLockedValue { state in
            state.number += 1
            return state.number
        }
        return caller + "-" + String(number, radix: 36)
    }

    package func submit(_ job: Job, onProgress: (@Sendable (ByteBuffer) -> Void)?) async throws(QueueError) -> Outcome {
        let isCancelled = NIOLockedValueBox(false)
        let result: Result<Outcome, QueueError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                send(job, onProgress: onProgress, isCancelled: isCancelled) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            // Seen by the submission where that comes later; otherwise the job is there when the other gets to it.
            isCancelled.withLockedValue { $0 = true }
            hub.onLoop { $0.cancel(job.id) }
        }
        return try result.get()
    }

    private func send(
        _ job: Job,
        onProgress: (@Sendable (ByteBuffer) -> Void)?,
        isCancelled: NIOLockedValueBox<Bool>,
        completion: @escaping @Sendable (Result<Outcome, QueueError>) -> Void
    ) {
        let job = job.idempotency.isEmpty ? job : job.recorded()
        let size = job.parameters.readableBytes
        if let refusal = enter(size) { return completion(.failure(refusal)) }
        let waiter = MemoryEntry.Waiter(caller: caller, onProgress: onProgress) { result in
            self.left(size)
            completion(result)
        }
        let longest = job.queueLimit > 0 ? min(job.queueLimit, limits.queuedPerLane) : limits.queuedPerLane
        hub.onLoop { hub in
            if isCancelled.withLockedValue({ $0 }) {
                return waiter.completion(.failure(QueueError(.notAccepted, "the call was cancelled before it was queued")))
            }
            if self.state.withLockedValue({ $0.isClosed }) { return waiter.completion(.failure(Self.closed)) }
            hub.submit(job, longest: longest, waiter: waiter)
        }
    }

    private static let closed = QueueError(.stopped, "the store is closed")

    /// A job with a key is about to go to Redis; see ``MemorySpace/entersRedis(_:)``.
    func entersRedis(_ job: Job) async -> Bool { await hub.entersRedis(job.recorded()) }

    /// A job with a key waits in Redis no more.
    func leftRedis(_ job: Job, _ result: Result<Outcome, QueueError>) async {
        await hub.leftRedis(job.recorded(), result, longest: limits.queuedPerLane)
    }

    private func enter(_ size: Int) -> QueueError? {
        if size > limits.largestParameters { return .tooLarge(size, limits) }
        return state.withLockedValue { state in
            if state.isClosed { return Self.closed }
            if state.jobs >= limits.jobsInFlight || state.bytes + size > limits.bytesInFlight {
                return .inFlight(state.jobs)
            }
            state.jobs += 1
            state.bytes += size
            return nil
        }
    }

    private func left(_ size: Int) {
        state.withLockedValue { state in
            state.jobs -= 1
            state.bytes -= size
        }
    }

    package func close() async {
        state.withLockedValue { $0.isClosed = true }
        await hub.forget(caller)
    }
}
