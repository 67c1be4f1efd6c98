import MCPStoreQueue

/// What a store stands on: the queue and the registry of its space, and the workers behind them. ``RedisBackend`` has them in
/// Redis, ``MemoryBackend`` in this process.
package protocol StoreBackend: Sendable {
    var space: Space { get }
    var registry: any Registry { get }
    var queue: any JobQueue { get }
    var follower: SnapshotFollower { get }
    /// Where services are placed that do not say it: `cluster` or `embedded`.
    var placement: String { get }
    /// A question for whoever finds that nobody hosts a service; empty where there is none to ask.
    var absenceHint: String { get }

    /// Whether registry and queue are in the memory of this process now.
    var usesMemory: Bool { get }
    /// Whether outcomes and changes are really being read: the blocking read is in place (invariant I8).
    var isReading: Bool { get }

    /// Brings the snapshot up to all changes that were made before the call.
    func catchUp() async throws(QueueError)
    /// To be called before services are written, so that none is overlooked.
    func announce() async throws(QueueError)
    /// Services were added or changed.
    func changed(_ services: [String]) async throws(QueueError)
    /// A service was removed: ends what is queued of it.
    func bury(_ service: String) async throws(QueueError)
    /// Tells workers to start their session to a service anew.
    func restart(_ service: String) async throws(QueueError)
    /// Gives a worker an order.
    ///
    /// - Returns: The services that are placed on it; `nil` where there is no such worker.
    func order(_ message: ControlMessage?, worker: String) async throws(QueueError) -> [ServiceID]?
    /// Who works, who leads, and how full the lanes are.
    func status(of services: [String]) async throws(QueueError) -> BackendStatus
    /// The jobs that were given up; `nil` where none are kept.
    var deadLetters: RedisDeadLetters? { get }
    /// The batches of the space; `nil` where none are known.
    var batches: RedisBatches? { get }
    /// Durable jobs; `nil` where none are kept.
    var durableJobs: RedisTasks? { get }
    /// The jobs that lie in lanes, and those that principals have left behind; `nil` where none are kept.
    var jobLists: (live: RedisJobList, submitted: RedisSubmittedJobs)? { get }
    /// The batches that were uploaded; `nil` where none are kept.
    var uploads: RedisUploads? { get }
    /// What the space did in the last hour, the oldest point first; empty where nobody kept it.
    func history() async throws(QueueError) -> [HistoryPoint]
    /// What each space of the cluster has to do, and how many spaces were left out; empty without Redis.
    func spaceLoads() async throws(QueueError) -> SpaceLoads
    /// All that is known of the space in Redis, memory included; `nil` without it.
    ///
    /// - Throws: ``QueueError``, `RedisError`.
    func spaceStats() async throws -> SpaceStats?
    func close() async
}

extension StoreBackend {
    package var deadLetters: RedisDeadLetters? { nil }
    package var batches: RedisBatches? { nil }
    package var durableJobs: RedisTasks? { nil }
    package var jobLists: (live: RedisJobList, submitted: RedisSubmittedJobs)? { nil }
    package var uploads: RedisUploads? { nil }
    package func history() async throws(QueueError) -> [HistoryPoint] { [] }
    package func spaceLoads() async throws(QueueError) -> SpaceLoads { ([], 0) }
    package func spaceStats() async throws -> SpaceStats? { nil }
    package func order(_ message: ControlMessage?, worker: String) async throws(QueueError) -> [ServiceID]? { nil }
    package var absenceHint: String { "are a coordinator and a worker running?" }
}
