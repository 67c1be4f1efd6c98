import MCPStore
import NIOConcurrencyHelpers

/// An answer that is on its way, and that one waits for with patience: first for a while, then perhaps for good. Whoever gives up
/// leaves it on its way.
final class PendingAnswer: Sendable {
    typealias Value = Result<ForwardedAnswer, MCPStoreError>

    private struct State {
        var value: Value?
        var waiter: CheckedContinuation<Value?, Never>?
    }

    private let state = NIOLockedValueBox(State())
    private let task = NIOLockedValueBox<Task<Void, Never>?>(nil)

    init(_ body: @escaping @Sendable () async -> Value) {
        let running = Task {
            let value = await body()
            self.resolve(value)
        }
        task.withLockedValue { $0 = running }
    }

    private func resolve(_ value: Value) {
        let waiter = state.withLockedValue { state in
            state.value = value
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    /// Takes the call back.
    func cancel() { task.withLockedValue { $0 }?.cancel() }

    /// The answer; `nil` where it does not come in time. Cancelling the task that waits takes the call back.
    ///
    /// - Parameter patience: `nil`: as long as it takes. One waits at a time.
    func value(within patience: Duration?) async -> Value? {
        let timer = patience.map { patience in
            Task {
                do { try await Task.sleep(for: patience) } catch { return }
                self.giveUp()
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let value = state.withLockedValue { state -> Value? in
                    if state.value == nil { state.waiter = continuation }
                    return state.value
                }
                if let value { continuation.resume(returning: value) }
            }
        } onCancel: {
            cancel()
        }
    }

    private func giveUp() {
        let waiter = state.withLockedValue { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}
