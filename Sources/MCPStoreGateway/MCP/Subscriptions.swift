import NIOConcurrencyHelpers

/// The open `subscriptions/listen` streams of a process: their number is bounded, that of one principal too, and all of them end when it
/// drains.
package final class Subscriptions: Sendable {
    private struct State {
        var open: [Int: AsyncStream<Void>.Continuation] = [:]
        /// How many each principal has open.
        var held: [String: Int] = [:]
        var last = 0
        var isEnded = false
    }

    private let most: Int
    /// A principal may have a quarter of them.
    private var mostOfOne: Int { max(most / 4, 1) }
    private let state = NIOLockedValueBox(State())

    /// - Parameter most: How many may be open; more are refused.
    package init(most: Int = 1024) { self.most = most }

    /// How many are open.
    package var count: Int { state.withLockedValue { $0.open.count } }

    /// The elements of `source`, until all subscriptions are ended or the reader goes away.
    ///
    /// - Parameter principal: The id of who reads it; empty for everybody, who has no part of his own.
    /// - Returns: `nil` where too many are open.
    func follow(_ source: AsyncStream<Void>, by principal: String = "") -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLockedValue { state -> Int? in
            guard state.open.count < most, principal.isEmpty || state.held[principal] ?? 0 < mostOfOne else { return nil }
            state.last += 1
            guard !state.isEnded else { return state.last }
            state.open[state.last] = continuation
            if !principal.isEmpty { state.held[principal, default: 0] += 1 }
            return state.last
        }
        guard let number else { return nil }
        let pump = Task {
            for await _ in source { continuation.yield() }
            continuation.finish()
        }
        continuation.onTermination = { [weak self] _ in
            pump.cancel()
            self?.state.withLockedValue { state in
                guard state.open.removeValue(forKey: number) != nil, let held = state.held[principal] else { return }
                state.held[principal] = held > 1 ? held - 1 : nil
            }
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
