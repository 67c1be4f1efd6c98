import NIOConcurrencyHelpers
import NIOCore

/// Which of two queues a store uses: Redis, or while that is away the memory of its process (seed document, S14).
package final class FallbackSwitch: Sendable {
    private struct State {
        var usesMemory = false
        var isConnected = false
        /// How often a connection was made.
        var connections = 0
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
                if newValue { state.connections += 1 }
                return newValue ? Self.takeWaiters(&state) : []
            }
            waiters.forEach { $0.succeed() }
        }
    }

    private static func takeWaiters(_ state: inout State) -> [EventLoopPromise<Void>] {
        defer { state.waiters = [:] }
        return Array(state.waiters.values)
    }

    /// Tells whether there was another connection since then.
    package var connections: Int { state.withLockedValue { $0.connections } }

    /// Where to go on with something that failed for want of Redis.
    package enum Place: Sendable {
        case memory
        /// It is back.
        case redis
        /// It is there and refuses, or nothing was decided in time.
        case nowhere
    }

    /// Something failed for want of Redis: waits until it is back or memory has taken over.
    ///
    /// - Parameter since: ``connections`` before it was tried.
    package func goesOn(since connections: Int) async -> Place {
        let promise = eventLoop.makePromise(of: Void.self)
        let number: Int? = state.withLockedValue { state in
            guard !state.usesMemory, !state.isConnected else { return nil }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = promise
            return state.nextWaiter
        }
        if let number {
            let limit = eventLoop.scheduleTask(in: TimeAmount(patience * 2)) { [self] in
                state.withLockedValue { $0.waiters.removeValue(forKey: number) }?.succeed()
            }
            do { try await promise.futureResult.get() } catch { return .nowhere }
            limit.cancel()
        } else {
            promise.succeed()
        }
        return state.withLockedValue { state in
            if state.usesMemory { return .memory }
            return state.isConnected && state.connections != connections ? .redis : .nowhere
        }
    }
}
