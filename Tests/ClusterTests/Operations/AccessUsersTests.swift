import Crypto
import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// The users of `cluster/deploy/users.acl`: each role runs under its own, and can do no more than it must.
@Suite struct `Redis users of each role` {
    private static let roles = ["coordinator", "worker", "gateway", "caller", "store", "operator"]

    /// The file with passwords in place: each role's is its name.
    private static func users() throws -> String {
        let here = URL(filePath: #filePath).deletingLastPathComponent()
        let file = here.appending(path: "../../../cluster/deploy/users.acl").standardized
        var text = try String(contentsOf: file, encoding: .utf8)
        for role in roles {
            let digest = SHA256.hash(data: Data(role.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            text = text.replacingOccurrences(of: "@\(role.uppercased())_SHA256@", with: digest)
        }
        return text + "user admin on >admin +@all ~* &*\n"
    }

    private struct Cluster {
        let redis: RedisServer
        let processes: ProcessList

        final class ProcessList: @unchecked Sendable {
            var all: [ChildProcess] = []
        }

        func url(_ role: String) -> String { "redis://\(role):\(role)@127.0.0.1:\(redis.port)" }

        func start(_ role: String, _ arguments: String...) throws -> ChildProcess {
            let process = try ChildProcess.start(
                [BuiltProduct.path(of: "mcpstore")] + arguments,
                environment: ["MCPSTORE_REDIS_URL": url(role)]
            )
            processes.all.append(process)
            return process
        }

        /// Runs a command to its end, which must be a good one.
        @discardableResult
        func run(_ role: String, _ arguments: String...) async throws -> String { try await run(role, arguments) }

        @discardableResult
        func run(_ role: String, _ arguments: [String]) async throws -> String {
            let process = try ChildProcess.start(
                [BuiltProduct.path(of: "mcpstore")] + arguments,
                environment: ["MCPSTORE_REDIS_URL": url(role)]
            )
            let status = try await process.exit(within: .seconds(120))
            guard status == .exited(0) else { throw PeerError("\(role): \(arguments) ended with \(status): \(process.output)") }
            return process.output
        }

        /// One command of Redis as a role.
        func ask(_ role: String, _ words: [String]) async throws -> RESPReply {
            let configuration = try RedisConfiguration(url: url(role), socketTimeout: .seconds(60))
            return try await withRedisClient(configuration) { client in
                var command = RedisCommand("EVAL", argumentCapacity: 64)
                if words[0] != "EVAL" { command = Self.command(words) } else { words.dropFirst().forEach { command.append($0) } }
                return try await client.execute(command)
            }
        }

        private static func command(_ words: [String]) -> RedisCommand {
            var command: RedisCommand =
                switch words[0] {
                case "GET": RedisCommand("GET", argumentCapacity: 64)
                case "SET": RedisCommand("SET", argumentCapacity: 64)
                case "HGETALL": RedisCommand("HGETALL", argumentCapacity: 64)
                case "HSET": RedisCommand("HSET", argumentCapacity: 64)
                case "XADD": RedisCommand("XADD", argumentCapacity: 64)
                case "XRANGE": RedisCommand("XRANGE", argumentCapacity: 64)
                case "DEL": RedisCommand("DEL", argumentCapacity: 64)
                case "PEXPIRE": RedisCommand("PEXPIRE", argumentCapacity: 64)
                case "SADD": RedisCommand("SADD", argumentCapacity: 64)
                case "SREM": RedisCommand("SREM", argumentCapacity: 64)
                case "XTRIM": RedisCommand("XTRIM", argumentCapacity: 64)
                case "ACL": RedisCommand("ACL", argumentCapacity: 64)
                default: RedisCommand("FLUSHALL", argumentCapacity: 64)
                }
            for word in words.dropFirst() { command.append(word) }
            return command
        }
    }

    private func withUsers(_ body: (Cluster) async throws -> Void) async throws {
        let directory = try TemporaryDirectory("users")
        defer { directory.remove() }
        let file = directory.path + "/users.acl"
        try Self.users().write(toFile: file, atomically: true, encoding: .utf8)
        var options = RedisServer.Options()
        options.arguments = ["--aclfile", file]
        try await withBareRedis(options) { redis in
            let cluster = Cluster(redis: redis, processes: .init())
            let result: Result<Void, any Error>
            do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
            for process in cluster.processes.all.reversed() { await process.stop() }
            try result.get()
        }
    }

    @Test func `A cluster works with a user for each role, and none is refused anything`() async throws {
        try await withUsers { cluster in
            _ = try cluster.start("coordinator", "coordinator", "--lease", "3s", "--worker-lease", "3s")
            let worker = try cluster.start("worker", "worker", "--policy", "any", "--lease", "3s")
            _ = try await worker.line(containing: " worker registered ", within: .seconds(60))
            let tools = BuiltProduct.path(of: "toolserver")
            try await cluster.run("store", "service", "add", "tools", "--wait", "--wait-timeout", "90s", "--", tools)
            #expect(try await cluster.run("caller", "call", "echo", #"{"text":"hi"}"#).contains("hi"))
            // The caller ends this one itself.
            let late = try ChildProcess.start(
                [BuiltProduct.path(of: "mcpstore"), "call", "sleep", #"{"ms":60000}"#, "--timeout", "500ms"],
                environment: ["MCPSTORE_REDIS_URL": cluster.url("caller")]
            )
            #expect(try await late.exit(within: .seconds(60)) != .exited(0))

            let roles = ["call", "submit", "manage", "operate"].flatMap { ["--role", $0] }
            let made = try await cluster.run(
                "operator",
                ["key", "create", "ci", "--spaces", "*:*", "--rate", "1000", "--in-flight", "50"] + roles
            )
            let key = made.split(separator: "\n").map(String.init).first { $0.hasPrefix("mcps_") } ?? ""
            let gateway = try cluster.start("gateway", "gateway", "--port", "0", "--auth", "keys")
            let line = try await gateway.line(containing: "the gateway listens", within: .seconds(60))
            _ = try await gateway.line(containing: "the gateway is ready", within: .seconds(60))
            let url = try #require(line.split(separator: " ").first { $0.hasPrefix("url=") }).dropFirst(4)
            let root = "\(url)/api/v1/default/default"
            for (path, body) in [
                ("tools/echo/call", #"{"text":"hi"}"#), ("jobs", #"{"tool":"echo","arguments":{"text":"hi"}}"#),
                ("services", #"{"mcpServers":{"more":{"command":"\#(tools)"}}}"#),
            ] {
                let answer = try await ClusterFixture.send("\(root)/\(path)", body, key: key)
                #expect((200..<300).contains(answer.status), "\(path): \(answer)")
            }
            for path in ["services/more/wait?timeout=90s", "tools", "stats", "status", "workers", "dead", "demand"] {
                let answer = try await ClusterFixture.send("\(root)/\(path)", key: key)
                #expect(answer.status == 200, "\(path): \(answer)")
            }
            for command in [["status"], ["doctor"], ["worker", "list"], ["dead", "list"], ["key", "list"]] {
                let process = try ChildProcess.start(
                    [BuiltProduct.path(of: "mcpstore")] + command,
                    environment: ["MCPSTORE_REDIS_URL": cluster.url("operator")]
                )
                _ = try await process.exit(within: .seconds(120))
                #expect(!process.output.contains("NOPERM"), "\(command): \(process.output)")
            }

            // The coordinator has to do more than placing.
            worker.signal(SIGKILL)
            let second = try cluster.start("worker", "worker", "--policy", "any", "--lease", "3s")
            _ = try await second.line(containing: " worker registered ", within: .seconds(60))
            try await eventually("another worker has the service", within: .seconds(90)) {
                let process = try ChildProcess.start(
                    // Two services have an echo by now.
                    [BuiltProduct.path(of: "mcpstore"), "call", "tools_echo", #"{"text":"again"}"#, "--timeout", "5s"],
                    environment: ["MCPSTORE_REDIS_URL": cluster.url("caller")]
                )
                return try await process.exit(within: .seconds(60)) == .exited(0)
            }
            try await cluster.run("store", "service", "remove", "tools")

            let refused = try await cluster.ask("admin", ["ACL", "LOG"]).array.map { Array($0) } ?? []
            let entries = refused.map { entry in entry.array?.compactMap(\.string).joined(separator: " ") ?? "" }
            #expect(entries == [])
        }
    }

    @Test func `No role can do what is not its business`() async throws {
        try await withUsers { cluster in
            for key in ["default:default:services:x:config", "other:default:services:x:config", "other:default:inbox:c"] {
                _ = try await cluster.ask("admin", ["SET", key, "secret"])
            }
            _ = try await cluster.ask("admin", ["HSET", "mcpstore:default:keys", "id", "secret"])
            let refused: [(role: String, words: [String])] = [
                // Other namespaces, by scripts neither.
                ("caller", ["GET", "other:default:services:x:config"]), ("caller", ["GET", "other:default:inbox:c"]),
                ("caller", ["EVAL", "return redis.call('GET', KEYS[1])", "1", "other:default:inbox:c"]),
                ("caller", ["EVAL", "return redis.call('GET', 'other:default:inbox:c')", "0"]),
                ("caller", ["XADD", "other:default:jobs:x", "*", "id", "1"]), ("store", ["GET", "other:default:inbox:c"]),
                // What is started is written by who may manage services, over the gateway or as an operator.
                ("caller", ["SET", "default:default:services:x:config", "{}"]),
                ("caller", ["EVAL", "return redis.call('SET', KEYS[1], '{}')", "1", "default:default:services:x:config"]),
                ("worker", ["SET", "default:default:services:x:config", "{}"]),
                ("worker", ["EVAL", "return redis.call('SET', KEYS[1], '{}')", "1", "default:default:services:x:config"]),
                ("coordinator", ["SET", "default:default:services:x:config", "{}"]),
                // Keys of the gateways are made by operators.
                ("gateway", ["HSET", "mcpstore:default:keys", "id", "mine"]), ("gateway", ["DEL", "mcpstore:default:keys"]),
                ("worker", ["HGETALL", "mcpstore:default:keys"]), ("coordinator", ["HGETALL", "mcpstore:default:keys"]),
                ("caller", ["HGETALL", "mcpstore:default:keys"]), ("store", ["HGETALL", "mcpstore:default:keys"]),
                ("caller", ["XRANGE", "mcpstore:default:ring:w", "-", "+"]),
                // Orders to workers are none of his.
                ("caller", ["XADD", "mcpstore:default:control:w", "*", "op", "drain"]),
                ("store", ["XADD", "mcpstore:default:control:w", "*", "op", "drain"]),
            ]
            // Of what is shared both append to the ring streams, and `store` tells of its services: no more than that.
            let shared = ["caller": ["ring:w"], "store": ["ring:w", "events", "spaces"]]
            let changes = shared.flatMap { role, keys in
                keys.map { "mcpstore:default:\($0)" }.flatMap { key -> [(role: String, words: [String])] in
                    [
                        (role, ["DEL", key]), (role, ["SET", key, "x"]), (role, ["PEXPIRE", key, "1"]),
                        (role, ["SREM", key, "x"]),
                        (role, ["XTRIM", key, "MAXLEN", "0"]), (role, ["EVAL", "return redis.call('DEL', '\(key)')", "0"]),
                    ]
                }
            }
            for (role, words) in refused + changes {
                let error = await #expect(throws: RedisError.self, "\(role) \(words)") { try await cluster.ask(role, words) }
                let message = error?.message ?? ""
                let isRefused = ["NOPERM", "permission", "can't"].contains { message.contains($0) }
                #expect(isRefused, "\(role) \(words): \(message)")
            }
            for role in Self.roles {
                await #expect(throws: RedisError.self) { try await cluster.ask(role, ["FLUSHALL"]) }
                await #expect(throws: RedisError.self) { try await cluster.ask(role, ["ACL", "LIST"]) }
            }
            #expect(try await cluster.ask("caller", ["GET", "default:default:services:x:config"]).string == "secret")
            for role in ["caller", "store"] {
                #expect(try await cluster.ask(role, ["XADD", "mcpstore:default:ring:w", "*", "op", "wake"]).string != nil)
            }
            #expect(try await cluster.ask("store", ["XADD", "mcpstore:default:events", "*", "event", "service"]).string != nil)
            #expect(try await cluster.ask("store", ["SADD", "mcpstore:default:spaces", "default:default"]).integer == 1)
        }
    }

    @Test func `A file whose passwords nobody filled in is refused by Redis`() async throws {
        let text = try Self.users()
        #expect(!text.contains("@_") && !text.contains("_SHA256@"))
        let directory = try TemporaryDirectory("users")
        defer { directory.remove() }
        let file = directory.path + "/users.acl"
        try text.replacingOccurrences(of: "#", with: "#@").write(toFile: file, atomically: true, encoding: .utf8)
        var options = RedisServer.Options()
        options.arguments = ["--aclfile", file]
        await #expect(throws: (any Error).self) { try await withRedisServer(options) { _ in } }
    }
}
