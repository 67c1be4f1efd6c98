import MCPStoreQueue
import NIOCore

/// What one task waits on: until a time, or until somebody rings. A ring that comes while nobody waits ends the next wait.
final class Alarm: Sendable {
    private let eventLoop: any EventLoop
    private let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() {
        continuation.yield()
    }

    /// Returns at that time of ``ServerClock/boot()``, when it rings, or when the task is cancelled. For one task, which does
    /// not wait again once it was cancelled. It may return early.
    func wait(until time: Int) async {
        let delay = TimeAmount.microseconds(Int64(max(time - ServerClock.boot(), 0)))
        let timer = eventLoop.scheduleTask(in: delay) { self.ring() }
        var iterator = rings.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }
}
