import NIOConcurrencyHelpers
import NIOCore

/// Messages that wait to be written to a client. Replies are kept: their number is bounded by that of the requests. Of
/// notifications only so many wait; a client that reads too slowly misses some.
final class OutboundMessages: Sendable {
    static let mostNotifications = 1024

    private struct State {
        var waiting: [ByteBuffer] = []
        var notifications = 0
        var isEnded = false
    }

    private let state = NIOLockedValueBox(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func reply(_ message: ByteBuffer) {
        state.withLockedValue { $0.waiting.append(message) }
        signal.yield()
    }

    func notify(_ message: ByteBuffer) {
        let isTaken = state.withLockedValue { state in
            guard state.notifications < Self.mostNotifications else { return false }
            state.notifications += 1
            state.waiting.append(message)
            return true
        }
        if isTaken { signal.yield() }
    }

    /// What is there is still written, nothing else will be.
    func end() {
        state.withLockedValue { $0.isEnded = true }
        signal.yield()
    }

    /// Hands over what waits, in order, until the end.
    func forEach(_ write: ([ByteBuffer]) async throws -> Void) async throws {
        for await _ in signals {
            let (messages, isEnded) = state.withLockedValue { state in
                defer { (state.waiting, state.notifications) = ([], 0) }
                return (state.waiting, state.isEnded)
            }
            if !messages.isEmpty { try await write(messages) }
            if isEnded { return }
        }
    }
}
