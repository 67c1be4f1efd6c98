import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// What every duty of one term works with.
struct OfficeContext: Sendable {
    let term: Term
    let options: CoordinatorOptions
    let client: RedisClient
    let pool: RedisPool
    let recovery: RedisRecovery
    let clock: ServerClock
    let patience: NIOLockedValueBox<Patience>
    let directory: Directory
    let troubles: Troubles
    let eventLoop: any EventLoop
    let logger: Logger

    func registry(_ space: Space) -> RedisRegistry { RedisRegistry(space: space, client: client) }

    /// The spaces of the pool.
    func spaces() async throws(QueueError) -> [Space] {
        if let spaces = options.spaces { return spaces }
        return try await pool.spaces()
    }

    /// Settles jobs of one space, in batches that one call of the script takes.
    func settle(_ settlements: [Settlement], in space: Space) async throws(QueueError) -> [Settlement.Result] {
        try term.verify()
        return try await recovery.settle(settlements, in: space)
    }

    /// Tells the workers of a lane that it holds jobs: they may watch other lanes.
    func ring(_ lane: LaneID) async throws(QueueError) {
        for worker in try await directory.hosts(of: lane.service, pool) {
            try await pool.send(.wake(lane), to: worker)
        }
    }

    /// Runs something that concerns one space or lane. Where it fails and Redis is there, the failure is logged and goes no
    /// further: keys that a tenant broke cost the tenant's own jobs only (invariant I7).
    ///
    /// - Parameter what: `recover`, `promote`, …: part of the warning.
    /// - Returns: Whether it was done.
    /// - Throws: What failed while Redis was away, and the end of the term.
    func contain(
        _ what: String,
        _ place: String,
        _ body: () async throws(QueueError) -> Void
    ) async throws(QueueError) -> Bool {
        do throws(QueueError) {
            try await body()
            troubles.ended("\(what) \(place)")
            return true
        } catch {
            try term.verify()
            guard client.isConnected else { throw error }
            let level: Logger.Level = troubles.began("\(what) \(place)") ? .warning : .debug
            logger.log(level, "cannot \(what), it is tried again", [.place: place, .error: error.message])
            return false
        }
    }

    /// Waits for a retry; returns at once when the task is cancelled.
    func sleep(until time: Int) async {
        await Alarm(eventLoop: eventLoop).wait(until: time)
    }
}
