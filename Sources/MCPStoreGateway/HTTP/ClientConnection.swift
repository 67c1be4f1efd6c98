import NIOConcurrencyHelpers

/// One connection of a client, as far as a request must know of it: whether the client is still there.
///
/// Hummingbird's own way to learn of that consumes the connection, which then ends with the response. This one leaves keep-alive
/// alone: ``ConnectionWatch`` sits in the pipeline and tells.
final class ClientConnection: Sendable {
    /// What a request wants to be told.
    struct Listener: Sendable {
        var onClose: @Sendable () -> Void
        /// About every ``ConnectionWatch/tickSeconds`` seconds.
        var onTick: @Sendable () -> Void = {}
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var last = 0
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())

    var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    /// Has `listener` told from now on; at once where the client is gone already.
    ///
    /// - Returns: What ``remove(_:)`` takes.
    func add(_ listener: Listener) -> Int {
        let (number, isClosed) = state.withLockedValue { state in
            state.last += 1
            if !state.isClosed { state.listeners[state.last] = listener }
            return (state.last, state.isClosed)
        }
        if isClosed { listener.onClose() }
        return number
    }

    func remove(_ number: Int) {
        state.withLockedValue { _ = $0.listeners.removeValue(forKey: number) }
    }

    func tick() {
        for listener in state.withLockedValue({ Array($0.listeners.values) }) { listener.onTick() }
    }

    /// The client closed the connection, or its half of it.
    func close() {
        let listeners = state.withLockedValue { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.onClose() }
    }
}
