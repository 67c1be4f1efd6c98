import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix
import TestSupport

/// A coordinator whose `run()` is running.
struct RunningCoordinator: Sendable {
    let coordinator: Coordinator
    let log: LogRecorder
    private let task: Task<Void, any Error>

    init(
        _ pool: TestPool,
        lease: Duration = .milliseconds(600),
        workerLease: Duration = .milliseconds(300),
        configuration: RedisConfiguration? = nil
    ) {
        let log = LogRecorder()
        let coordinator = Coordinator(
            configuration: configuration ?? pool.configuration,
            options: CoordinatorOptions(pool: pool.pool, lease: lease, workerLease: workerLease),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: log.logger
        )
        self.coordinator = coordinator
        self.log = log
        task = Task { try await coordinator.run() }
    }

    /// Cancels it and waits for its end.
    func stop() async throws {
        task.cancel()
        try await task.value
    }
}

/// Runs `body` beside a coordinator that leads and is ready.
func withCoordinator<R>(
    _ pool: TestPool,
    lease: Duration = .milliseconds(600),
    workerLease: Duration = .milliseconds(300),
    _ body: (RunningCoordinator) async throws -> R
) async throws -> R {
    let running = RunningCoordinator(pool, lease: lease, workerLease: workerLease)
    do {
        try await eventually("the coordinator leads") { running.coordinator.isLeading && running.coordinator.isReady }
        let result = try await body(running)
        try await running.stop()
        return result
    } catch {
        try await running.stop()
        throw error
    }
}
