import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// Invariant I9: who is bound to a namespace by Redis' own access control needs nothing else.
@Suite struct `A Redis user of one namespace` {
    private static let rules = "~tenant:* &tenant:* +@all -@admin -@dangerous"

    @Test(arguments: ["w1", "auto"])
    func `S7: runs embedded stores, sees its own space only, and asks for nothing else`(dataspace: String) async throws {
        var options = RedisServer.Options()
        options.users = ["tenant on >pw \(Self.rules)"]
        try await withBareRedis(options) { redis in
            let others = ["other:w1:services:tools:config", "mcpstore:default:leases"]
            for key in others { _ = try await redis.ask("SET", key, "untouched") }
            let url = "redis://tenant:pw@127.0.0.1:\(redis.port)"
            let first = try await StoreProcess.start(redis, url: url, namespace: "tenant", dataspace: dataspace)
            let mine = String(first.space.split(separator: ":")[1])
            let second = try await StoreProcess.start(redis, url: url, namespace: "tenant", dataspace: mine)
            try await first.addTools("a")
            try await second.addTools("b")
            for store in [first, second] {
                for name in ["a", "b"] { #expect(try await store.echo(name) == "hi") }
                // Large enough for a key of its own.
                try await store.run("call", ["name": "a_big", "arguments": ["bytes": 200_000]])
            }
            _ = try await redis.ask("EVAL", "for _, k in ipairs(redis.call('keys', 'tenant:*')) do redis.call('del', k) end", "0")
            try await eventually("the services are there again") {
                let services = try await second.run("list")["services"]?.objectValue
                return ["a", "b"].allSatisfy { services?[$0]?.objectValue?["status"] == "healthy" }
            }
            try await first.kill()
            #expect(try await second.echo("b") == "hi")
            try await second.run("remove", ["name": "b"])
            #expect(try await second.close() == .exited(0))

            for key in others { #expect(try await redis.ask("GET", key).string == "untouched") }
            #expect(try await redis.keys().allSatisfy { $0.hasPrefix("tenant:") || others.contains($0) })
            // Commands that may be refused are asked for nevertheless, keys of others never.
            let refused = try await redis.ask("ACL", "LOG").array.map { Array($0) } ?? []
            let entries = refused.map { entry in entry.array?.compactMap(\.string) ?? [] }
            #expect(entries.filter { !$0.starts(with: ["count"]) || $0.firstIndex(of: "command") == nil } == [])
        }
    }

    @Test func `S7: cannot use another namespace, and is told so`() async throws {
        var options = RedisServer.Options()
        options.users = ["tenant on >pw \(Self.rules)"]
        try await withBareRedis(options) { redis in
            let process = try ChildProcess.start(
                [
                    BuiltProduct.path(of: "mcpstore"), "service", "list", "--namespace", "other",
                    "--redis", "redis://tenant:pw@127.0.0.1:\(redis.port)",
                ]
            )
            #expect(try await process.exit() == .exited(3))
            #expect(process.output.contains("NOPERM") && !process.output.contains("pw@"), "\(process.output)")
            #expect(try await redis.keys() == [])
        }
    }
}
