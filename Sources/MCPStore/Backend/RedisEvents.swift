import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Passes the events of a store's connections to its queue and its snapshot, which are made after them.
final class RedisEvents: Sendable {
    private struct State {
        var jobs: RedisJobQueue?
        var follower: SnapshotFollower?
        var runID: String?
        var ticked = 0
        var ticks = 0
        var watcher: (@Sendable (RedisError?) -> Void)?
        var everySecond: (@Sendable () -> Void)?
        var measureClock: (@Sendable () -> Void)?
    }

    private let state = NIOLockedValueBox(State())

    /// Clocks drift; they are compared anew after so many ticks of about a second.
    private static let ticksBetweenMeasurements = 10

    /// From now on; the first connection is behind us.
    ///
    /// - Parameter everySecond: About once a second.
    func connect(
        _ jobs: RedisJobQueue,
        _ follower: SnapshotFollower,
        everySecond: @escaping @Sendable () -> Void,
        measureClock: @escaping @Sendable () -> Void
    ) {
        state.withLockedValue { state in
            state.everySecond = everySecond
            state.measureClock = measureClock
            state.jobs = jobs
            state.follower = follower
        }
    }

    /// Tells `watcher` of every connection for commands that is ready, and with the reason of every one that ended.
    func watch(_ watcher: @escaping @Sendable (RedisError?) -> Void) {
        state.withLockedValue { $0.watcher = watcher }
    }

    func disconnect() {
        state.withLockedValue { state in
            state.watcher = nil
            state.jobs = nil
            state.follower = nil
            state.everySecond = nil
            state.measureClock = nil
        }
    }

    func received(_ event: RedisClientEvent) {
        let watcher = state.withLockedValue { $0.watcher }
        guard case .connected(let identity) = event else {
            if case .disconnected(let error) = event { watcher?(error) }
            return
        }
        defer { watcher?(nil) }
        let (jobs, follower, isNew) = state.withLockedValue { state in
            let isNew = state.runID != nil && state.runID != identity.runID
            state.runID = identity.runID
            return (state.jobs, state.follower, isNew)
        }
        jobs?.connected(identity, isNewServer: isNew)
        follower?.missedSome()
    }

    /// What the connection that follows the changes missed is read again.
    func followerReceived(_ event: RedisClientEvent) {
        guard case .connected(let identity) = event, identity.generation > 1 else { return }
        state.withLockedValue { $0.follower }?.missedSome()
    }

    /// Runs after every answer to the blocking read; what follows is done about once a second.
    func tick() {
        let now = ServerClock.boot()
        let (jobs, follower, everySecond, measure) = state.withLockedValue {
            state -> (RedisJobQueue?, SnapshotFollower?, (@Sendable () -> Void)?, (@Sendable () -> Void)?) in
            guard now - state.ticked >= 900_000 else { return (nil, nil, nil, nil) }
            state.ticked = now
            state.ticks += 1
            let measures = state.ticks.isMultiple(of: Self.ticksBetweenMeasurements)
            return (state.jobs, state.follower, state.everySecond, measures ? state.measureClock : nil)
        }
        everySecond?()
        measure?()
        jobs?.tick()
        follower?.tick()
    }
}
