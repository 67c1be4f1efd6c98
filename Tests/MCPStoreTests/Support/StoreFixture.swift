import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport

@testable import MCPStore

/// A space of a test's own on the shared Redis, a store in it, and a second connection that plays the workers.
struct StoreFixture: Sendable {
    let server: RedisServer
    let options: RedisOptions
    let space: Space
    let pool: Pool
    let store: MCPStore
    let client: RedisClient
    let registry: RedisRegistry

    var context: StoreContext { store.forStore() }
    var follower: SnapshotFollower { store.backend.follower }
    var configuration: RedisConfiguration { client.configuration }

    /// Adds a service whose tools are published as a worker does.
    func add(_ name: String, tools: [String], status: ServiceStatus? = .healthy, entry: String = #"{"command":"x"}"#) async throws
    {
        _ = try await registry.put([(name, ByteBuffer(string: entry), nil)], by: "test")
        try await publish(name, tools: tools.map { #"{"name":\#(JSONValue.string($0)),"inputSchema":{"type":"object"}}"# })
        if let status { try await set(status, of: name) }
    }

    /// Publishes tools as their servers list them.
    @discardableResult
    func publish(_ name: String, tools: [String]) async throws -> [String]? {
        let cache =
            #"{"hash":"\#(String(UInt64.random(in: .min ... .max), radix: 16))","tools":[\#(tools.joined(separator: ","))]}"#
        let listings = tools.compactMap { tool in
            JSONMembers(ByteBuffer(string: tool))?.value("name")?.stringValue.map {
                ToolListing(name: $0, document: ByteBuffer(string: #"{"tool":\#(tool)}"#))
            }
        }
        let hash = JSONMembers(ByteBuffer(string: cache))?.value("hash")?.stringValue ?? ""
        return try await registry.publish(listings, of: name, cache: ByteBuffer(string: cache), hash: hash)
    }

    func set(
        _ status: ServiceStatus,
        of name: String,
        reason: String = "test",
        stderr: [String]? = nil,
        worker: String = "w-1",
        ring: Bool? = nil
    ) async throws {
        let view = ServiceView(status: status, reason: reason, stderr: stderr, pool: pool.description, ring: ring)
        try await registry.publish(view, of: name, worker: worker)
    }

    /// Waits until the store's snapshot, which follows the changes by itself, is as wanted.
    func waitForSnapshot(_ condition: @escaping @Sendable (RegistrySnapshot) -> Bool) async -> Bool {
        let follower = follower
        let ticks = follower.ticks()
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                if follower.withSnapshot(condition) { return true }
                for await _ in ticks where follower.withSnapshot(condition) { return true }
                return false
            }
            group.addTask {
                do { try await Task.sleep(for: .seconds(20)) } catch { return false }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}

/// Runs `body` with a store in a space of its own, and deletes the space afterwards.
///
/// - Parameter server: The shared one where none is given.
func withStore<R>(
    _ server: RedisServer? = nil,
    socketTimeout: Duration = .seconds(10),
    _ body: (StoreFixture) async throws -> R
) async throws -> R {
    let redis: RedisServer
    if let server { redis = server } else { redis = try await RedisServer.shared() }
    let unique = "t" + String(UInt64.random(in: .min ... .max), radix: 36)
    let options = RedisOptions(
        url: redis.url,
        namespace: unique,
        dataspace: "d",
        socketTimeout: socketTimeout,
        cluster: unique,
        embedded: false
    )
    let space = try options.space()
    return try await withRedisClient(try options.redisConfiguration()) { client in
        let store = try await MCPStore.setup(redis: options, logger: .silent)
        let fixture = StoreFixture(
            server: redis,
            options: options,
            space: space,
            pool: try options.pool(),
            store: store,
            client: client,
            registry: RedisRegistry(space: space, client: client)
        )
        do {
            let result = try await body(fixture)
            await store.close()
            await fixture.clean()
            return result
        } catch {
            await store.close()
            await fixture.clean()
            throw error
        }
    }
}

extension StoreFixture {
    /// Deletes all keys of the space and the pool.
    fileprivate func clean() async {
        for pattern in ["\(space):*", "\(pool):*"] {
            let found = await client.pipeline([RedisCommand("KEYS", pattern)])
            guard case .success(let reply)? = found.first, let keys = reply.array?.compactMap(\.string), !keys.isEmpty else {
                continue
            }
            _ = await client.pipeline(keys.map { RedisCommand("DEL", $0) })
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
