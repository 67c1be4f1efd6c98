import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix
import TestSupport

/// A pool and a space of its own on a Redis server, with what callers and workers would do there.
struct TestPool: Sendable {
    let client: RedisClient
    let configuration: RedisConfiguration
    var pool: Pool
    var space: Space

    var redisPool: RedisPool { RedisPool(pool, client: client) }
    var registry: RedisRegistry { RedisRegistry(space: space, client: client) }
    var keys: SpaceKeys { SpaceKeys(space) }

    init(client: RedisClient, configuration: RedisConfiguration) throws {
        self.client = client
        self.configuration = configuration
        let name = "t" + String(UInt64.random(in: 0 ... .max), radix: 36)
        pool = try Pool(cluster: name)
        space = try Space(namespace: name, dataspace: "main")
    }

    // MARK: Services

    func service(_ name: String) -> ServiceID { ServiceID(space: space, name: name) }
    func lane(_ name: String, _ lane: Lane = .interactive) -> LaneID { LaneID(service: service(name), lane: lane) }

    /// Writes a configuration and says so, as `mcpstore service add` does.
    func add(_ name: String, _ configuration: String = "{}") async throws {
        try await redisPool.announce(space)
        _ = try await registry.put([(name, ByteBuffer(string: configuration), nil)], by: "test")
        try await redisPool.post(.serviceChanged(service(name)))
    }

    func remove(_ name: String) async throws {
        _ = try await registry.remove(name)
        try await redisPool.post(.serviceChanged(service(name)))
    }

    // MARK: Workers

    /// A worker that registers and, unless renewed, is silent from then on.
    func register(
        _ worker: String,
        lease: Int = 60_000,
        spaces: [String] = ["*:*"],
        labels: [String: String] = [:],
        lanes: [LaneID] = []
    ) async throws {
        let identity = WorkerIdentity(
            id: worker,
            host: "test",
            process: 1,
            version: "test",
            spaces: try spaces.map { try SpacePattern($0) },
            labels: labels,
            slots: 16
        )
        for lane in lanes { _ = try await client.execute(RedisCommand("SADD", pool.streams(worker), lane.member)) }
        var arguments: [RedisArgument] = [.string(worker), .int(lease), .int(PoolEvent.kept)]
        for (name, value) in identity.fields { arguments += [.string(name), .string(value)] }
        _ = try await client.evaluate(
            Scripts.workerRegister,
            keys: [pool.leases, pool.worker(worker), pool.control(worker), pool.ring(worker), pool.events],
            arguments: arguments
        )
    }

    func leave(_ worker: String) async throws {
        _ = try await redisPool.forget(worker, evenIfAlive: true)
    }

    // MARK: Jobs

    /// Puts a job into its lane, as a caller does.
    @discardableResult
    func submit(_ job: Job) async throws -> EntryID {
        let lane = job.laneID.key
        _ = await client.pipeline([RedisCommand("XGROUP", "CREATE", lane, JobGroup.name, "0", "MKSTREAM")])
        var command = RedisCommand("XADD", lane, "*")
        let fields = [
            ("id", job.id), ("method", job.method), ("name", job.name), ("inbox", job.inbox), ("timeout", String(job.timeout)),
            ("submitted", "0"), ("since", ""), ("attempt", String(job.attempt)), ("deaths", String(job.deaths)),
            ("again", job.mayRunAgain ? "1" : "0"), ("trace", ""), ("record", ""), ("key", ""), ("params", "{}"),
        ]
        for (name, value) in fields {
            command.append(name)
            command.append(value)
        }
        return EntryID(try await client.execute(command).string ?? "")
    }

    func job(
        _ id: String,
        _ service: String,
        tool: String = "echo",
        lane: Lane = .interactive,
        inbox: String = "caller",
        timeout: Int = 60_000,
        deaths: Int = 0,
        again: Bool = false
    ) -> Job {
        Job(
            id: id,
            service: self.service(service),
            lane: lane,
            name: tool,
            parameters: ByteBuffer(string: "{}"),
            inbox: inbox,
            timeout: timeout,
            attempt: deaths + 1,
            deaths: deaths,
            mayRunAgain: again
        )
    }

    /// Gives jobs of a lane to a worker; returns how many.
    @discardableResult
    func deliver(_ lane: LaneID, to worker: String, count: Int = 100) async throws -> Int {
        let reply = try await client.execute(
            RedisCommand("XREADGROUP", "GROUP", JobGroup.name, worker, "COUNT", String(count), "STREAMS", lane.key, ">")
        )
        return reply.array?.first?.array?[1].array?.count ?? 0
    }

    /// Opens the inbox of a caller.
    func openInbox(_ caller: String = "caller") async throws {
        _ = try await client.evaluate(Scripts.inboxOpen, keys: [keys.inbox(caller)], arguments: [60_000])
    }

    // MARK: What became of it

    /// What lies in an inbox, by job: kind and payload of each entry in order.
    func inbox(_ caller: String = "caller") async throws -> [String: [(kind: String, payload: String)]] {
        var found: [String: [(String, String)]] = [:]
        for entry in try await client.execute(RedisCommand("XRANGE", keys.inbox(caller), "-", "+")).array.map(Array.init) ?? [] {
            guard let fields = entry.array.map({ Self.fields($0[1]) }), let id = fields["id"], !id.isEmpty else { continue }
            found[id, default: []].append((fields["outcome"] ?? "", fields["payload"] ?? ""))
        }
        return found
    }

    func length(_ lane: LaneID) async throws -> Int { try await client.execute(RedisCommand("XLEN", lane.key)).integer ?? -1 }

    /// Entries of a stream, as fields.
    func entries(_ key: String) async throws -> [[String: String]] {
        try await client.execute(RedisCommand("XRANGE", key, "-", "+")).array?.compactMap { $0.array.map { Self.fields($0[1]) } }
            ?? []
    }

    func stats(_ tool: String = "echo") async throws -> ToolStats? { try await registry.stats([tool])[tool] }

    func exists(_ key: String) async throws -> Bool { try await client.execute(RedisCommand("EXISTS", key)).integer == 1 }

    static func fields(_ reply: RESPReply) -> [String: String] {
        var fields: [String: String] = [:]
        guard var iterator = reply.array?.makeIterator() else { return fields }
        while let name = iterator.next()?.string, let value = iterator.next() { fields[name] = value.string ?? "" }
        return fields
    }
}

/// Runs `body` with a pool of its own on the server that all tests share.
func withTestPool<R>(_ body: (TestPool) async throws -> R) async throws -> R {
    let server = try await RedisServer.shared()
    return try await withTestPool(on: server, body)
}

/// - Parameter socketTimeout: also bounds the waits between attempts to connect.
func withTestPool<R>(
    on server: RedisServer,
    socketTimeout: Duration = .seconds(2),
    _ body: (TestPool) async throws -> R
) async throws -> R {
    let configuration = try server.configuration(socketTimeout: socketTimeout)
    return try await withRedisClient(configuration) { client in
        try await body(TestPool(client: client, configuration: configuration))
    }
}
