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
    let eventLoop: any EventLoop
    let logger: Logger

    func registry(_ space: Space) -> RedisRegistry { RedisRegistry(space: space, client: client) }

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

    /// Waits for a retry; returns at once when the task is cancelled.
    func sleep(until time: Int) async {
        await Alarm(eventLoop: eventLoop).wait(until: time)
    }
}
