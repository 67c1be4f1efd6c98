import Logging
import MCPStoreQueue

/// A store of MCP services whose tool calls run on the workers of a cluster, as jobs on Redis Streams.
///
///     let store = try await MCPStore.setup(redis: RedisOptions(url: "redis://localhost:6379/0", dataspace: "workspace1"))
///     let context = store.forStore()
///     try await context.addService(["mcpServers": ["weather": ["url": "https://mcpstore.wiki/mcp"]]])
///     try await context.waitService("weather")
///     let result = try await context.useTool("get_current_weather", ["query": "北京"])
///     print(result)
///     await store.close()
///
/// All stores with the same Redis, namespace and dataspace see the same services, tools and states. One store serves any
/// number of tasks at once.
public final class MCPStore: Sendable {
    package let backend: any StoreBackend
    package let logger: Logger

    package init(backend: any StoreBackend, logger: Logger) {
        self.backend = backend
        self.logger = logger
    }

    /// Connects to Redis and reads the registry of the space.
    ///
    /// - Parameters:
    ///   - debug: Logs each Redis command with its duration and sizes, never payloads or secrets.
    ///   - redis: How to reach Redis, and which data is shared.
    ///   - logger: Where to log; by default the process' own log handler with the label `mcpstore`.
    /// - Throws: ``MCPStoreError``: `badConfiguration`, `invalidName`, and `redis` within the socket timeout where Redis cannot
    ///   be reached.
    public static func setup(
        debug: Bool = false,
        redis: RedisOptions,
        logger: Logger? = nil
    ) async throws(MCPStoreError) -> MCPStore {
        var logger = logger ?? Logger(label: "mcpstore")
        if debug { logger.logLevel = min(logger.logLevel, .debug) }
        let backend = ClusterBackend(
            configuration: try redis.redisConfiguration(),
            space: try redis.space(),
            pool: try redis.pool(),
            logger: logger
        )
        try await backend.start()
        return MCPStore(backend: backend, logger: logger)
    }

    /// The same from a configuration that was read from a file or the environment.
    ///
    /// - Throws: ``MCPStoreError`` (`badConfiguration`) where it names no Redis; else as ``setup(debug:redis:logger:)``.
    public static func setup(_ configuration: MCPStoreConfiguration, logger: Logger? = nil) async throws(MCPStoreError)
        -> MCPStore
    {
        guard let redis = configuration.redis else {
            throw MCPStoreError(.badConfiguration, "no Redis is configured: give a url, or set MCPSTORE_REDIS_URL")
        }
        return try await setup(debug: configuration.debug, redis: redis, logger: logger)
    }

    /// The services and tools of the store's space: those that belong to no agent.
    public func forStore() -> StoreContext { StoreContext(store: self, scope: .store) }

    /// The space: `namespace:dataspace`. It tells the name of an `auto` dataspace.
    public var space: String { backend.space.description }

    /// Ends waiting calls, gives back what this process holds in Redis, and disconnects. Services stay.
    public func close() async { await backend.close() }
}
