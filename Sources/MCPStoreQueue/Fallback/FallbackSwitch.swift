import NIOConcurrencyHelpers
import NIOCore

/// Which of two queues a store uses: Redis, or while that is away the memory of its process (seed document, S14).
package final class FallbackSwitch: Sendable {
    private struct State {
        var usesMemory = false
        var isConnected = false
        /// Who waits until it is decided where to go on.
        var waiters: [Int: EventLoopPromise<Void>] = [:]
        var nextWaiter = 0
    }

    /// How long Redis may be away before memory takes over.
    package let patience: Duration
    private let eventLoop: any EventLoop
    private let state = NIOLockedValueBox(State())

    package init(patience: Duration, eventLoop: any EventLoop) {
        self.patience = patience
        self.eventLoop = eventLoop
    }

    package var usesMemory: Bool { state.withLockedValue { $0.usesMemory } }

    /// - Returns: Whether that is new.
    @discardableResult
    package func use(memory: Bool) -> Bool {
        let (isNew, waiters) = state.withLockedValue { state in
            defer { state.usesMemory = memory }
            return (state.usesMemory != memory, Self.takeWaiters(&state))
        }
        waiters.forEach { $0.succeed() }
        return isNew
    }

    /// Whether there is a connection to Redis.
    package var isConnected: Bool {
        get { state.withLockedValue { $0.isConnected } }
        set {
            let waiters = state.withLockedValue { state in
                state.isConnected = newValue
                return newValue ? Self.takeWaiters(&state) : []
            }
            waiters.forEach { $0.succeed() }
        }
    }

    private static func takeWaiters(_ state: inout State) -> [EventLoopPromise<Void>] {
        defer { state.waiters = [:] }
        return Array(state.waiters.values)
    }

    /// Something failed for want of Redis: waits until it is back or memory has taken over.
    ///
    /// - Returns: Whether to go on in memory.
    package func goesOnInMemory() async -> Bool {
        let promise = eventLoop.makePromise(of: Void.self)
        let number: Int? = state.withLockedValue { state in
            guard !state.usesMemory, !state.isConnected else { return nil }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = promise
            return state.nextWaiter
        }
        guard let number else {
            promise.succeed()
            return usesMemory
        }
        let limit = eventLoop.scheduleTask(in: .nanoseconds(Int64(patience * 2 / .nanoseconds(1)))) { [self] in
            state.withLockedValue { $0.waiters.removeValue(forKey: number) }?.succeed()
        }
        do { try await promise.futureResult.get() } catch { return false }
        limit.cancel()
        return usesMemory
    }
}
