import Synchronization

@testable import LoadDriver

/// Answers no call before it is released, not even a cancelled one.
final class HeldTarget: LoadTarget {
    private struct State {
        var calls: [PlannedCall] = []
        var waiting: [CheckedContinuation<CallAnswer, Never>] = []
    }

    private let state = Mutex(State())

    var calls: [PlannedCall] { state.withLock { $0.calls } }
    var waiting: Int { state.withLock { $0.waiting.count } }

    func call(_ call: PlannedCall) async -> CallAnswer {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.calls.append(call)
                state.waiting.append(continuation)
            }
        }
    }

    func release(_ answer: CallAnswer = .ok) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }
}
