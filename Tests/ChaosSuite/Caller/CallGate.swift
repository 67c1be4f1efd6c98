import Synchronization

/// Hands out calls to the loops of a caller, each at its time, until the caller is to end.
final class CallGate: Sendable {
    private struct State {
        var mix: CallMix
        var count = 0
        var isEnding = false
    }

    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let limit: Int?
    private let rate: Double?

    /// - Parameters:
    ///   - limit: How many calls there are; `nil`: any number.
    ///   - rate: Calls a second at most; `nil`: as fast as they are answered.
    init(_ mix: CallMix, limit: Int?, rate: Double?) {
        state = Mutex(State(mix: mix))
        self.limit = limit
        self.rate = rate
    }

    /// The next call when its time has come; `nil` when there are no more.
    func next() async throws -> PlannedCall? {
        let taken = state.withLock { state -> (PlannedCall, Int)? in
            guard !state.isEnding, limit.map({ state.count < $0 }) ?? true else { return nil }
            state.count += 1
            return (state.mix.next(), state.count)
        }
        guard let (call, number) = taken else { return nil }
        if let rate {
            let due = start + .seconds(Double(number) / rate)
            while ContinuousClock.now < due {
                if isEnding { return nil }
                try await Task.sleep(for: min(due - ContinuousClock.now, .milliseconds(200)))
            }
        }
        return call
    }

    var isEnding: Bool { state.withLock { $0.isEnding } }

    func end() { state.withLock { $0.isEnding = true } }
}
