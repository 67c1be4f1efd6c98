import NIOConcurrencyHelpers

/// The open `subscriptions/listen` streams of a process: their number is bounded, and all of them end when it drains.
package final class Subscriptions: Sendable {
    private struct State {
        var open: [Int: AsyncStream<Void>.Continuation] = [:]
        var last = 0
        var isEnded = false
    }

    private let most: Int
    private let state = NIOLockedValueBox(State())

    /// - Parameter most: How many may be open; more are refused.
    package init(most: Int = 1024) { self.most = most }

    /// How many are open.
    package var count: Int { state.withLockedValue { $0.open.count } }

    /// The elements of `source`, until all subscriptions are ended or the reader goes away.
    ///
    /// - Returns: `nil` where too many are open.
    func follow(_ source: AsyncStream<Void>) -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLockedValue { state -> Int? in
            guard state.open.count < most else { return nil }
            state.last += 1
            if !state.isEnded { state.open[state.last] = continuation }
            return state.last
        }
        guard let number else { return nil }
        let pump = Task {
            for await _ in source { continuation.yield() }
            continuation.finish()
        }
        continuation.onTermination = { [weak self] _ in
            pump.cancel()
            self?.state.withLockedValue { _ = $0.open.removeValue(forKey: number) }
        }
        if state.withLockedValue({ $0.isEnded }) { continuation.finish() }
        return stream
    }

    /// Ends all in order, also those that come later.
    package func end() {
        let open = state.withLockedValue { state in
            state.isEnded = true
            return Array(state.open.values)
        }
        for continuation in open { continuation.finish() }
    }
}
