import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// `mcpstore up`: the first thing that a newcomer runs. `.serialized`: each starts a cluster of its own.
@Suite(.serialized) struct `mcpstore up` {
    private static let ready = "The cluster runs until Ctrl-C"

    private static func start(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ChildProcess {
        // What the test's own surroundings say of Redis must not count.
        try ChildProcess.start(
            ["/usr/bin/env", "-u", "MCPSTORE_REDIS_URL", BuiltProduct.path(of: "mcpstore"), "up"] + arguments,
            environment: environment
        )
    }

    @Test func `--once starts all of it, shows a call with the time of each leg, stops all of it and exits 0`() async throws {
        let up = try Self.start(["--once"])
        var below: Set<pid_t> = []
        try await eventually("its end", within: .seconds(60)) {
            below.formUnion(try ProcessTable.descendants(of: up.processIdentifier))
            return !up.isRunning
        }
        #expect(try await up.exit(within: .seconds(60)) == .exited(0), "\(up.output)")
        let lines = up.output.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"  answer    Hello from MCPStore"#), "\(up.output)")
        for leg in ["worker    w-", "queued    ", "run       ", "returned  "] {
            #expect(lines.contains { $0.hasPrefix("  " + leg) && $0.count > leg.count + 3 }, "\(leg): \(up.output)")
        }
        #expect(below.count >= 4)
        try await ProcessTable.waitUntilGone(below)
    }

    @Test func `Killed with SIGKILL it leaves no process behind`() async throws {
        let up = try Self.start([])
        _ = try await up.line(containing: Self.ready, within: .seconds(60))
        let below = try ProcessTable.descendants(of: up.processIdentifier)
        let commands = below.map(ProcessTable.command)
        for part in ["redis-server", "mcpstore coordinator", "mcpstore worker", "toolserver"] {
            #expect(commands.contains { $0.contains(part) }, "\(part): \(commands)")
        }
        up.signal(SIGKILL)
        let killed = ContinuousClock.now
        try await ProcessTable.waitUntilGone(below, within: .seconds(12))
        print("MEASURED mcpstore up killed: all gone after \(ContinuousClock.now - killed)")
    }

    @Test func `Ctrl-C stops everything in order, and commands work until then`() async throws {
        let up = try Self.start(["--workers", "1"])
        let hint = try await up.line(containing: "MCPSTORE_REDIS_URL=", within: .seconds(60))
        let url = try #require(hint.split(separator: " ").first { $0.hasPrefix("MCPSTORE_REDIS_URL=") })
            .dropFirst("MCPSTORE_REDIS_URL=".count)
        let call = try ChildProcess.start(
            [BuiltProduct.path(of: "mcpstore"), "call", "add", #"{"a":2,"b":3}"#],
            environment: ["MCPSTORE_REDIS_URL": String(url)]
        )
        #expect(try await call.exit() == .exited(0), "\(call.output)")
        #expect(call.output == "5\n")
        let below = try ProcessTable.descendants(of: up.processIdentifier)
        up.signal(SIGINT)
        #expect(try await up.exit(within: .seconds(20)) == .exited(0), "\(up.output)")
        #expect(up.output.contains("Stopping"))
        try await ProcessTable.waitUntilGone(below, within: .seconds(1))
    }

    @Test func `Ctrl-C while it starts stops what has started`() async throws {
        let up = try Self.start([])
        _ = try await up.line(startingWith: "Started redis-server", within: .seconds(60))
        let below = try ProcessTable.descendants(of: up.processIdentifier)
        up.signal(SIGINT)
        #expect(try await up.exit(within: .seconds(20)) == .exited(0), "\(up.output)")
        try await ProcessTable.waitUntilGone(below, within: .seconds(1))
    }

    @Test func `--mcp-config adds the services of a file, and says which one is not ready`() async throws {
        let directory = try TemporaryDirectory("up")
        defer { directory.remove() }
        let file = directory.path + "/mcp.json"
        let text = """
            {"mcpServers": {"mine": {"command": "\(BuiltProduct.path(of: "toolserver"))", "args": ["--page-size", "3"]}}}
            """
        try Data(text.utf8).write(to: URL(filePath: file))
        let up = try Self.start(["--once", "--workers", "1", "--mcp-config", file])
        #expect(try await up.exit(within: .seconds(60)) == .exited(0), "\(up.output)")
        #expect(up.output.contains("Tools: ") && up.output.contains("mine_echo"), "\(up.output)")

        let wrong = try Self.start(["--once", "--mcp-config", directory.path + "/none.json"])
        #expect(try await wrong.exit(within: .seconds(60)) == .exited(2), "\(wrong.output)")
        #expect(wrong.output.contains("none.json"), "\(wrong.output)")
    }

    @Test func `--redis uses that Redis, starts none, and takes its own keys back`() async throws {
        try await withRedisServer { redis in
            try await withRedisClient(try redis.configuration()) { client in
                _ = try await client.execute(RedisCommand("SET", "somebody:else", "stays"))
                let up = try Self.start(["--redis", redis.url])
                _ = try await up.line(containing: Self.ready, within: .seconds(60))
                let commands = try ProcessTable.descendants(of: up.processIdentifier).map(ProcessTable.command)
                #expect(!commands.contains { $0.contains("redis-server") }, "\(commands)")
                #expect(try await client.execute(RedisCommand("SCARD", "default:default:services")).integer == 1)
                up.signal(SIGINT)
                #expect(try await up.exit(within: .seconds(20)) == .exited(0), "\(up.output)")

                let keys = Set(try await client.execute(RedisCommand("KEYS", "*")).array?.compactMap(\.string) ?? [])
                #expect(keys.contains("somebody:else"))
                // Of the processes nothing is left, of the example service only its statistics.
                var processes = keys.filter { $0.contains(":worker:") || $0.contains(":control:") || $0.contains(":inbox:") }
                processes.formUnion(keys.filter { $0.contains(":ring:") })
                #expect(processes == [], "\(keys)")
                #expect(!keys.contains("mcpstore:default:leader") && !keys.contains("mcpstore:default:leases"), "\(keys)")
                #expect(!keys.contains { $0.contains(":jobs:") || $0.hasSuffix(":config") || $0.hasSuffix(":state") }, "\(keys)")
            }
        }
    }

    @Test func `A Redis that cannot be reached is one clear line and status 3, and nothing stays`() async throws {
        let up = try Self.start(["--once", "--redis", "redis://:secret@127.0.0.1:\(try freePort())"])
        #expect(try await up.exit(within: .seconds(60)) == .exited(3), "\(up.output)")
        let errors = up.output.split(separator: "\n").filter { $0.hasPrefix("mcpstore: ") }
        #expect(errors.count == 1 && errors[0].contains("127.0.0.1"), "\(up.output)")
        #expect(!up.output.contains("secret"), "\(up.output)")
    }
}
