import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix

/// A connection to the API keys of a cluster.
struct KeyClient: Sendable {
    let keys: RedisAccessKeys
    /// The connection itself.
    let client: RedisClient
    private let running: Task<Void, Never>

    init(_ configuration: RedisConfiguration, pool: Pool, logger: Logger) {
        let client = RedisClient(
            configuration: configuration,
            name: "keys",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: logger
        )
        self.client = client
        keys = RedisAccessKeys(pool, client: client)
        running = Task { await client.run() }
    }

    func close() async {
        running.cancel()
        await running.value
    }
}

extension CommonOptions {
    /// Runs `body` with the API keys of the cluster.
    func withKeys<Value: Sendable>(_ body: @escaping @Sendable (RedisAccessKeys) async throws -> Value) async throws -> Value {
        let logger = logger(isClient: true)
        let options = try redisOptions(isShared: false, logger: logger)
        let client = KeyClient(try options.redisConfiguration(), pool: try options.pool(), logger: logger)
        do {
            let value = try await Interruption.cancelling { try await body(client.keys) }
            await client.close()
            return value
        } catch {
            await client.close()
            guard let error = error as? QueueError else { throw error }
            throw MCPStoreError(error)
        }
    }
}
