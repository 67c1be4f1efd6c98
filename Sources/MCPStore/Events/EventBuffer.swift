import NIOConcurrencyHelpers

/// The events that a listener has not taken yet. When there are too many, all of them become one ``StoreEvent/missed``: whoever
/// is so late must read anew anyway.
final class EventBuffer: Sendable {
    private struct State {
        var events: [StoreEvent] = []
        var waiters: [(number: Int, continuation: CheckedContinuation<StoreEvent?, Never>)] = []
        var lastWaiter = 0
        var isFinished = false
    }

    private let capacity: Int
    private let state = NIOLockedValueBox(State())

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    func push(_ new: [StoreEvent]) {
        guard !new.isEmpty else { return }
        let taken = state.withLockedValue { state -> [(CheckedContinuation<StoreEvent?, Never>, StoreEvent)] in
            guard !state.isFinished else { return [] }
            state.events += new
            if state.events.count > capacity { state.events = [.missed] }
            let count = min(state.waiters.count, state.events.count)
            defer {
                state.waiters.removeFirst(count)
                state.events.removeFirst(count)
            }
            return zip(state.waiters, state.events).map { ($0.continuation, $1) }
        }
        for (continuation, event) in taken { continuation.resume(returning: event) }
    }

    /// The oldest event, waiting for one where there is none.
    ///
    /// - Returns: `nil` when there will be no more, and when the task is cancelled.
    func next() async -> StoreEvent? {
        let number = state.withLockedValue { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLockedValue { state -> StoreEvent?? in
                    if !state.events.isEmpty { return .some(state.events.removeFirst()) }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.waiters.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLockedValue { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: nil)
        }
    }

    /// There will be no more; what is there can still be taken.
    func finish() {
        let waiters = state.withLockedValue { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }
}
