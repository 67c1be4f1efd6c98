import NIOConcurrencyHelpers
import TestSupport

/// What happened, in order, and a way to wait for it. Every wait has a deadline, which only a failing test meets.
final class Events<Event: Sendable>: Sendable {
    private struct State {
        var all: [Event] = []
        var waiters: [Int: (condition: @Sendable ([Event]) -> Bool, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var next = 0
    }

    private let state = NIOLockedValueBox(State())

    var all: [Event] { state.withLockedValue { $0.all } }

    func add(_ event: Event) {
        let ready = state.withLockedValue { state in
            state.all.append(event)
            let ready = state.waiters.filter { $0.value.condition(state.all) }
            for key in ready.keys { state.waiters[key] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume(returning: true) }
    }

    /// Waits until `condition` holds for all that happened. False when the deadline passed.
    @discardableResult
    func wait(seconds: Int = 30, _ condition: @escaping @Sendable ([Event]) -> Bool) async -> Bool {
        let id = state.withLockedValue { state in
            state.next += 1
            return state.next
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(seconds))
            state.withLockedValue { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: false)
        }
        defer { limit.cancel() }
        return await withCheckedContinuation { continuation in
            let isDone = state.withLockedValue { state in
                if condition(state.all) { return true }
                state.waiters[id] = (condition, continuation)
                return false
            }
            if isDone { continuation.resume(returning: true) }
        }
    }

    @discardableResult
    func wait(count: Int, where matches: @escaping @Sendable (Event) -> Bool = { _ in true }) async -> Bool {
        await wait { $0.count(where: matches) >= count }
    }
}
