import Logging
import MCPStoreRedis
import NIOCore
import NIOPosix

/// Runs `body` with a client whose `run()` is running, and ends the client afterwards.
package func withRedisClient<R>(
    _ configuration: RedisConfiguration,
    name: String = "test",
    logger: Logger = .quiet,
    onEvent: (@Sendable (RedisClientEvent) -> Void)? = nil,
    _ body: (RedisClient) async throws -> R
) async throws -> R {
    let client = RedisClient(
        configuration: configuration,
        name: name,
        eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
        logger: logger,
        onEvent: onEvent
    )
    let running = Task { await client.run() }
    do {
        let result = try await body(client)
        running.cancel()
        await running.value
        return result
    } catch {
        running.cancel()
        await running.value
        throw error
    }
}

extension Logger {
    /// Logs nothing.
    package static var quiet: Logger { Logger(label: "quiet", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
