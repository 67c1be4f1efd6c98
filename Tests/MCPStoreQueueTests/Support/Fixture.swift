import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// A space with one service on a Redis, and a client to look at it.
struct Fixture: Sendable {
    let configuration: RedisConfiguration
    let space: Space
    let service: ServiceID
    let pool: Pool
    let client: RedisClient
    let registry: RedisRegistry

    var keys: SpaceKeys { SpaceKeys(space) }
    var lane: LaneID { LaneID(service: service, lane: .interactive) }

    func options(slots: Int = 16, lease: Duration = .seconds(9)) -> WorkerOptions {
        WorkerOptions(pool: pool, slots: slots, lease: lease)
    }

    func execute(_ name: StaticString, _ arguments: String...) async throws -> RESPReply {
        var command = RedisCommand(name)
        for argument in arguments { command.append(argument) }
        return try await client.execute(command, timeout: .seconds(20))
    }

    func hash(_ key: String) async throws -> [String: String] {
        guard var iterator = try await execute("HGETALL", key).array?.makeIterator() else { return [:] }
        var result: [String: String] = [:]
        while let name = iterator.next()?.string, let value = iterator.next()?.string { result[name] = value }
        return result
    }

    func stats(_ tool: String = "echo") async throws -> ToolStats? {
        try await registry.stats([tool])[tool]
    }

    /// Entries of the lane and of its pending list.
    func left(_ lane: LaneID? = nil) async throws -> (entries: Int, pending: Int) {
        let key = (lane ?? self.lane).key
        let entries = try await execute("XLEN", key).integer ?? -1
        let pending = try await client.execute(RedisCommand("XPENDING", key, JobGroup.name)).array?[0].integer ?? -1
        return (entries, pending)
    }
}

/// Runs `body` with a space of its own, on the shared server or on `server`.
func withFixture<R>(_ server: RedisServer? = nil, socketTimeout: Duration = .seconds(5), _ body: (Fixture) async throws -> R) async throws -> R {
    let redis: RedisServer
    if let server { redis = server } else { redis = try await RedisServer.shared() }
    let configuration = try redis.configuration(socketTimeout: socketTimeout)
    let space = try Space(namespace: "t" + String(UInt64.random(in: 0...UInt64.max), radix: 36), dataspace: "d")
    return try await withRedisClient(configuration) { client in
        let registry = RedisRegistry(space: space, client: client)
        let service = ServiceID(space: space, name: "svc")
        _ = try await registry.put([(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "test")
        let fixture = Fixture(
            configuration: configuration, space: space, service: service, pool: Pool(embeddedIn: space), client: client, registry: registry
        )
        return try await body(fixture)
    }
}
