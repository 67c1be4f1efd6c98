import MCPStoreQueue
import NIOPosix
import TestSupport

/// A real worker's side of the queue, which renews its lease.
struct RedisWorkQueueRunner: Sendable {
    let queue: RedisWorkQueue
    private let task: Task<Void, Never>

    init(_ pool: TestPool, lease: Duration) {
        let queue = RedisWorkQueue(
            configuration: pool.configuration,
            options: WorkerOptions(pool: pool.pool, slots: 4, lease: lease),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: LogRecorder().logger
        )
        self.queue = queue
        task = Task { await queue.run() }
    }

    func start() async throws {
        try await queue.start(
            WorkQueueHandlers(start: { _ in }, cancel: { _ in }, control: { _ in }, leaseLost: { _ in }, registered: { _ in })
        )
    }

    func stop() async {
        await queue.stop()
        task.cancel()
        await task.value
    }
}
