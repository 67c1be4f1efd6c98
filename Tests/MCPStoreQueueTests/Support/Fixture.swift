import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreQueue

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

    func makeGroup(_ lane: LaneID? = nil) async throws {
        _ = try await execute("XGROUP", "CREATE", (lane ?? self.lane).key, JobGroup.name, "0", "MKSTREAM")
    }

    /// Adds a job to its lane, as a submission does.
    func add(_ job: Job) async throws -> EntryID {
        let reply = try await client.evaluate(
            Scripts.submit,
            keys: [keys.config(job.service.name), job.laneID.key],
            arguments: [.string(JobGroup.name)] + job.fields
        )
        return EntryID(try #require(reply.string), in: job.laneID)
    }

    /// Delivers one job to a consumer.
    func deliver(to consumer: String, _ lane: LaneID? = nil) async throws {
        _ = try await execute(
            "XREADGROUP",
            "GROUP",
            JobGroup.name,
            consumer,
            "COUNT",
            "1",
            "STREAMS",
            (lane ?? self.lane).key,
            ">"
        )
    }

    func settle(_ settlements: [Settlement]) async throws -> [Settlement.Result] {
        let call = SettleScript.call(settlements, space: space, finished: 1_000_000)
        let reply = try await client.evaluate(Scripts.settle, keys: call.keys, arguments: call.arguments)
        return try #require(SettleScript.results(reply, for: settlements))
    }

    /// The same for plain ends, by `finish.lua`.
    func finish(_ settlements: [Settlement]) async throws -> [Settlement.Result] {
        let (command, order) = FinishScript.call(settlements, space: space, finished: 1_000_000)
        let reply = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<RESPReply, any Error>) in
            client.send(Scripts.finish, call: command) { result in
                switch result {
                case .success(let reply): continuation.resume(returning: reply)
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
        }
        return try #require(FinishScript.results(reply, order: order))
    }

    /// The entries of a stream, each as its fields and values in their order.
    func rawEntries(_ key: String) async throws -> [[String]] {
        try await execute("XRANGE", key, "-", "+").array?.map { $0.array?[1].array?.map { $0.string ?? "" } ?? [] } ?? []
    }

    /// The entries of a stream as dictionaries.
    func entries(_ key: String) async throws -> [[String: String]] {
        try await execute("XRANGE", key, "-", "+").array?.compactMap { entry in
            guard let fields = entry.array?[1].array else { return nil }
            var result: [String: String] = [:]
            var iterator = fields.makeIterator()
            while let name = iterator.next()?.string, let value = iterator.next()?.string { result[name] = value }
            return result
        } ?? []
    }

    func evaluate(_ script: RedisScript, _ keys: [String], _ arguments: String...) async throws -> RESPReply {
        try await client.evaluate(script, keys: keys, arguments: arguments.map { .string($0) })
    }

    /// Entries of the lane and of its pending list.
    func left(_ lane: LaneID? = nil) async throws -> (entries: Int, pending: Int) {
        let key = (lane ?? self.lane).key
        let entries = try await execute("XLEN", key).integer ?? -1
        let summary = await client.pipeline([RedisCommand("XPENDING", key, JobGroup.name)])[0]
        if case .failure(let error) = summary, error.serverCode == "NOGROUP" { return (entries, 0) }
        return (entries, try summary.get().array?[0].integer ?? -1)
    }
}

/// Runs `body` with a space of its own, on the shared server or on `server`.
func withFixture<R>(_ server: RedisServer? = nil, socketTimeout: Duration = .seconds(5), _ body: (Fixture) async throws -> R)
    async throws -> R
{
    let redis: RedisServer
    if let server { redis = server } else { redis = try await RedisServer.shared() }
    let configuration = try redis.configuration(socketTimeout: socketTimeout)
    let space = try Space(namespace: "t" + String(UInt64.random(in: 0...UInt64.max), radix: 36), dataspace: "d")
    return try await withRedisClient(configuration) { client in
        let registry = RedisRegistry(space: space, client: client)
        let service = ServiceID(space: space, name: "svc")
        _ = try await registry.put([(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "test")
        let fixture = Fixture(
            configuration: configuration,
            space: space,
            service: service,
            pool: Pool(embeddedIn: space),
            client: client,
            registry: registry
        )
        return try await body(fixture)
    }
}

extension Job {
    /// As a script takes them.
    var fields: [RedisArgument] { JobFields.arguments(self) }
}
