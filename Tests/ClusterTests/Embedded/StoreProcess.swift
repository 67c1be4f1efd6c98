import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import Synchronization
import TestSupport

/// A process of its own with a store in it (`loadtest drive`), which does what a test says.
final class StoreProcess: Sendable {
    let process: ChildProcess
    /// `namespace:dataspace`.
    let space: String
    private let count = Mutex(0)

    private init(process: ChildProcess, space: String) {
        self.process = process
        self.space = space
    }

    /// Starts it and waits until its store is set up.
    /// - Parameters:
    ///   - url: where Redis is, if another user than that of the server's own URL is meant.
    ///   - program: another copy of `loadtest`.
    static func start(
        _ redis: RedisServer,
        url: String? = nil,
        namespace: String = "shop",
        dataspace: String = "workspace1",
        program: String = BuiltProduct.path(of: "loadtest"),
        arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> StoreProcess {
        // A machine that is busy with other tests must not look like a Redis that is away.
        let place: [String] = [
            "--redis", url ?? redis.url, "--namespace", namespace, "--dataspace", dataspace, "--socket-timeout", "30",
        ]
        let process = try ChildProcess.start([program, "drive"] + place + arguments, environment: environment, hasInput: true)
        let line = try await process.line(containing: "\"ready\":", within: .seconds(60))
        let space = try JSONValue(parsing: Data(line.utf8)).objectValue?["ready"]?.stringValue ?? ""
        return StoreProcess(process: process, space: space)
    }

    /// Has it begin something.
    func begin(_ operation: String, _ members: [String: JSONValue] = [:]) throws -> Int {
        let number = self.count.withLock { count in
            count += 1
            return count
        }
        let order = members.merging(["op": .string(operation), "id": .integer(number)]) { $1 }
        try self.process.write("\(JSONValue.object(order))\n")
        return number
    }

    /// The answer to something that was begun.
    func answer(_ number: Int, within deadline: Duration = .seconds(180)) async throws -> [String: JSONValue] {
        let line = try await self.process.line(containing: "{\"", "\"id\":\(number),", within: deadline)
        return try JSONValue(parsing: Data(line.utf8)).objectValue ?? [:]
    }

    /// Has it do something that must go well.
    @discardableResult
    func run(_ operation: String, _ members: [String: JSONValue] = [:]) async throws -> [String: JSONValue] {
        let answer = try await self.answer(try self.begin(operation, members))
        guard answer["ok"] == true else { throw PeerError("\(operation) \(members): \(answer)") }
        return answer
    }

    /// Adds our `toolserver` under a name and waits until it answers.
    /// - Returns: The answer to the waiting.
    @discardableResult
    func addTools(_ name: String, _ arguments: [String] = [], placement: String? = nil) async throws -> [String: JSONValue] {
        var entry: [String: JSONValue] = [
            "command": .string(BuiltProduct.path(of: "toolserver")), "args": .array(arguments.map { .string($0) }),
        ]
        if let placement { entry["placement"] = .string(placement) }
        try await self.run("add", ["services": ["mcpServers": [name: .object(entry)]], "replacing": true])
        return try await self.run("wait", ["name": .string(name)])
    }

    /// Calls `echo` of a service; the text that came back.
    func echo(_ service: String, _ text: String = "hi") async throws -> String? {
        try await self.run("call", ["name": .string("\(service)_echo"), "arguments": ["text": .string(text)]])["text"]?
            .stringValue
    }

    /// Ends it as SIGKILL does.
    func kill() async throws {
        self.process.signal(SIGKILL)
        _ = try await self.process.exit(within: .seconds(10))
    }

    /// Has it close its store, and waits for its end.
    func close() async throws -> ExitStatus {
        self.process.closeInput()
        return try await self.process.exit(within: .seconds(120))
    }
}

/// Runs `body` with a bare Redis: nothing of ours beside it. Few of these at once.
func withBareRedis<R>(_ options: RedisServer.Options = .init(), _ body: (RedisServer) async throws -> R) async throws -> R {
    await ClusterGate.shared.enter()
    do {
        let result = try await withRedisServer(options) { try await body($0) }
        await ClusterGate.shared.leave()
        return result
    } catch {
        await ClusterGate.shared.leave()
        throw error
    }
}

extension RedisServer {
    /// All keys that match, in order.
    func keys(_ pattern: String = "*") async throws -> [String] {
        try await withRedisClient(try self.configuration(socketTimeout: .seconds(10))) { client in
            try await client.execute(RedisCommand("KEYS", pattern)).array?.compactMap(\.string).sorted() ?? []
        }
    }

    /// One command.
    func ask(_ name: StaticString, _ words: String...) async throws -> RESPReply {
        var command = RedisCommand(name, argumentCapacity: 64)
        for word in words { command.append(word) }
        let question = command
        return try await withRedisClient(try self.configuration(socketTimeout: .seconds(10))) { try await $0.execute(question) }
    }

    /// How long each key lives, in milliseconds; -1 without an expiry.
    func expiries() async throws -> [String: Int] {
        let keys = try await self.keys()
        return try await withRedisClient(try self.configuration(socketTimeout: .seconds(10))) { client in
            let replies = await client.pipeline(keys.map { RedisCommand("PTTL", $0) })
            var result: [String: Int] = [:]
            // -2: gone meanwhile.
            for (key, reply) in zip(keys, replies) { if let time = try reply.get().integer, time != -2 { result[key] = time } }
            return result
        }
    }
}

/// Copies a program of the build, by another process: whatever this one starts meanwhile would hold the copy open for
/// writing, and nobody could run it.
func copyProgram(_ name: String, to path: String) async throws {
    let copy = try ChildProcess.start(["/bin/cp", BuiltProduct.path(of: name), path])
    guard try await copy.exit() == .exited(0) else { throw PeerError("cannot copy \(name): \(copy.output)") }
}
