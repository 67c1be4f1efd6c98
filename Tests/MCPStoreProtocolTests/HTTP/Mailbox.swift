import Synchronization

/// A queue between a callback and a test: what was put in is taken out in order, and taking waits. The test's time limit bounds it.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiter: CheckedContinuation<Element, any Error>?
    }

    private let state = Mutex(State())

    func put(_ element: Element) {
        let waiter = self.state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { state.elements.append(element) }
            return waiter
        }
        waiter?.resume(returning: element)
    }

    /// The next element. One caller at a time.
    func next() async throws -> Element {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let element: Element? = self.state.withLock { state in
                    if state.elements.isEmpty {
                        state.waiter = continuation
                        return nil
                    }
                    return state.elements.removeFirst()
                }
                if let element {
                    continuation.resume(returning: element)
                } else if Task.isCancelled {
                    self.cancel()
                }
            }
        } onCancel: {
            self.cancel()
        }
    }

    /// What is there now.
    var waiting: [Element] { self.state.withLock { $0.elements } }

    private func cancel() {
        let waiter = self.state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        waiter?.resume(throwing: CancellationError())
    }
}
