import DequeModule
import NIOCore

/// Bounds how many servers a worker starts at the same time: a worker that takes over a hundred services must not start a
/// hundred interpreters at once.
///
/// A start that takes longer than ``patience`` gives its place to the next one: a server that hangs while it starts delays the
/// others a little, and only once.
actor StartGate {
    static let patience = Duration.seconds(5)

    private var free: Int
    private var waiting: Deque<CheckedContinuation<Void, Never>> = []

    init(limit: Int) { free = max(limit, 1) }

    /// Waits for a place and runs `start`.
    nonisolated func pass<Value: Sendable, Failure: Error>(
        _ start: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await enter()
        let place = Task {
            // Ends early when the start is over; either way the place is given back once.
            do { try await Task.sleep(for: Self.patience) } catch { return await self.leave() }
            await self.leave()
        }
        defer { place.cancel() }
        return try await start()
    }

    private func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if let next = waiting.popFirst() { next.resume() } else { free += 1 }
    }
}
