import Logging
import MCPStoreQueue
import NIOConcurrencyHelpers

/// A store of MCP services whose tool calls run as jobs on Redis Streams: by default on a worker within this process, or on
/// the workers of a cluster; without Redis in this process, with the same rules.
///
///     let servers: JSONValue = ["mcpServers": ["time": ["command": "uvx", "args": ["mcp-server-time"]]]]
///     let redis = RedisOptions(url: "redis://localhost:6379/0", dataspace: "workspace1")
///
/// and with them:
///
///     let store = try await MCPStore.setup(redis: redis)
///     let context = store.forStore()
///     try await context.addService(servers)
///     try await context.waitService("time") { print("  \($0.status): \($0.reason)") }
///     let result = try await context.useTool("get_current_time", ["timezone": "Asia/Shanghai"])
///     print(result)
///     await store.close()
///
/// All stores with the same Redis, namespace and dataspace see the same services, tools and states. One store serves any
/// number of tasks at once.
public final class MCPStore: Sendable {
    package let backend: any StoreBackend
    package let logger: Logger
    private let hasClosed = NIOLockedValueBox(false)

    package init(backend: any StoreBackend, logger: Logger) {
        self.backend = backend
        self.logger = logger
    }

    /// Connects to Redis and reads the registry of the space, or, without Redis, starts a store in memory.
    ///
    /// - Parameters:
    ///   - debug: Logs each Redis command with its duration and sizes, never payloads or secrets.
    ///   - redis: How to reach Redis, and which data is shared. `nil`, the default: everything is in this process, and gone
    ///     with it.
    ///   - logger: Where to log; by default the process' own log handler with the label `mcpstore`.
    /// - Throws: ``MCPStoreError``: `badConfiguration`, `invalidName`, and `redis` within the socket timeout where Redis cannot
    ///   be reached.
    public static func setup(
        debug: Bool = false,
        redis: RedisOptions? = nil,
        logger: Logger? = nil
    ) async throws(MCPStoreError) -> MCPStore {
        let logger = makeLogger(logger, debug: debug)
        guard let redis else { return try await inMemory(MCPStoreConfiguration(), logger: logger) }
        let backend = try RedisBackend(redis, logger: logger)
        try await backend.start()
        return MCPStore(backend: backend, logger: logger)
    }

    /// The same from a configuration that was read from a file or the environment.
    ///
    /// Where it names no Redis, the store is in memory.
    /// - Throws: as ``setup(debug:redis:logger:)``.
    public static func setup(_ configuration: MCPStoreConfiguration, logger: Logger? = nil) async throws(MCPStoreError)
        -> MCPStore
    {
        if let redis = configuration.redis {
            return try await setup(debug: configuration.debug, redis: redis, logger: logger)
        }
        return try await inMemory(configuration, logger: makeLogger(logger, debug: configuration.debug))
    }

    private static func makeLogger(_ logger: Logger?, debug: Bool) -> Logger {
        var logger = logger ?? Logger(label: "mcpstore")
        if debug { logger.logLevel = min(logger.logLevel, .debug) }
        return logger
    }

    private static func inMemory(
        _ configuration: MCPStoreConfiguration,
        logger: Logger
    ) async throws(MCPStoreError) -> MCPStore {
        let space = try RedisOptions.space(
            namespace: configuration.namespace ?? "default",
            dataspace: configuration.dataspace ?? "auto"
        )
        let interval = configuration.healthcheckInterval ?? .seconds(30)
        guard interval > .zero else {
            throw MCPStoreError(.badConfiguration, "healthcheck_interval must be above 0")
        }
        let backend = MemoryBackend(space: space, healthInterval: interval, logger: logger)
        await backend.start()
        return MCPStore(backend: backend, logger: logger)
    }

    /// The services and tools of the store's space: those that belong to no agent.
    public func forStore() -> StoreContext { StoreContext(store: self, scope: .store) }

    /// The space: `namespace:dataspace`. It tells the name of an `auto` dataspace.
    public var space: String { backend.space.description }

    /// Whether services and calls are in the memory of this process now: no Redis is configured, or Redis is away and the store
    /// goes on without it (``RedisOptions/fallback``).
    public var usesMemory: Bool { backend.usesMemory }

    /// Ends waiting calls, gives back what this process holds in Redis, and disconnects. Services stay; those of a store in
    /// memory are stopped and gone. Whatever is asked of the store afterwards throws `closed`.
    public func close() async {
        hasClosed.withLockedValue { $0 = true }
        await backend.close()
    }

    /// Runs `body` with the queue's errors as the store's. Everything that a context does goes through here: a store that was
    /// closed does nothing and says so.
    ///
    /// - Throws: ``MCPStoreError``, `closed` where the store was closed before or meanwhile.
    func perform<Value>(_ body: () async throws(QueueError) -> Value) async throws(MCPStoreError) -> Value {
        let closed = MCPStoreError(.closed, "the store was closed")
        guard !hasClosed.withLockedValue({ $0 }) else { throw closed }
        do { return try await body() } catch {
            throw hasClosed.withLockedValue({ $0 }) ? closed : MCPStoreError(error)
        }
    }
}
