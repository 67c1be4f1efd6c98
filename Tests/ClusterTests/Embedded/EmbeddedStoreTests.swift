import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Embedded stores` {
    private static func isPool(_ key: String) -> Bool { key.contains(":pool:") || key.contains(":inbox:") }

    @Test func `S1: a service is on the store that added it, and on another one when that is closed`() async throws {
        try await withBareRedis { redis in
            let first = try await StoreProcess.start(redis)
            let second = try await StoreProcess.start(redis)
            let mine = try await first.addTools("a")["workers"]
            let theirs = try await second.addTools("b")["workers"]
            #expect(mine != theirs)
            #expect(try await second.echo("a") == "hi")
            #expect(try await first.echo("b") == "hi")
            #expect(try await first.close() == .exited(0))
            // Called while it moves: the call waits for it.
            #expect(try await second.echo("a", "moved") == "moved")
            try await eventually("the service on the store that is left") {
                try await second.run("wait", ["name": "a"])["workers"] == theirs
            }
            #expect(try await second.close() == .exited(0))
            #expect(try await redis.keys().filter(Self.isPool) == [])
        }
    }

    @Test func `A store that is closed leaves its services as disconnected and nothing else`() async throws {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            try await store.addTools("tools")
            #expect(try await store.echo("tools") == "hi")
            #expect(try await store.close() == .exited(0))
            #expect(try await redis.keys().filter(Self.isPool) == [])
            #expect(try await redis.ask("HGET", "shop:workspace1:services:tools:state", "status").string == "disconnected")
            let fields = try await redis.ask("HKEYS", "shop:workspace1:services:tools:state").array?.compactMap(\.string) ?? []
            #expect(fields.contains("status") && !fields.contains { $0.hasPrefix("worker:") })
            let consumers = try await redis.ask("XINFO", "CONSUMERS", "shop:workspace1:jobs:tools", "workers")
            #expect(consumers.array?.count == 0)
        }
    }

    @Test func `S1: the next start after SIGKILL waits for no lease, and recovers what the dead one ran`() async throws {
        try await withBareRedis { redis in
            let directory = try TemporaryDirectory("record")
            defer { directory.remove() }
            let first = try await StoreProcess.start(redis)
            try await first.addTools("tools", ["--record", "\(directory.path)/calls"])
            // Not idempotent: it is ended, not run again.
            _ = try first.begin("call", ["name": "record_destructive", "arguments": ["id": "x", "ms": 600_000]])
            try await eventually("the call runs") {
                try await redis.ask("XPENDING", "shop:workspace1:jobs:tools", "workers").array?.first?.integer == 1
            }
            try await first.kill()
            let leases = try await redis.ask("ZRANGE", "shop:workspace1:pool:leases", "0", "-1", "WITHSCORES").array
            let dead = leases?.compactMap(\.string) ?? []
            try #require(dead.count == 2)
            let expiry = Int(dead[1]) ?? 0

            let start = ContinuousClock.now
            let second = try await StoreProcess.start(redis)
            // Taken away before it ran out; a machine that is slower than that proves nothing.
            let left = try await redis.ask("ZSCORE", "shop:workspace1:pool:leases", dead[0])
            let now = try await redis.ask("TIME").array?.first?.integer ?? 0
            #expect(left.isNull || now * 1000 > expiry)
            try await second.run("wait", ["name": "tools"])
            #expect(try await second.echo("tools") == "hi")
            let took = ContinuousClock.now - start
            print("MEASURED start after SIGKILL to the first answer: \(took)")
            try await eventually("the dead store's call is ended", within: .seconds(20)) {
                try await redis.ask("HGET", "shop:workspace1:tools:record_destructive:stats", "interrupted").string == "1"
            }
            print("MEASURED start after SIGKILL to the recovery of its calls: \(ContinuousClock.now - start)")
            #expect(try await second.close() == .exited(0))
            #expect(try await redis.keys("*:pool:*") == [])
        }
    }

    @Test func `S1: another store of the space takes over from one that was killed`() async throws {
        try await withBareRedis { redis in
            let first = try await StoreProcess.start(redis)
            let second = try await StoreProcess.start(redis)
            try await first.addTools("tools")
            try await first.kill()
            #expect(try await second.echo("tools", "taken over") == "taken over")
            #expect(try await second.close() == .exited(0))
            #expect(try await redis.keys("*:pool:*") == [])
        }
    }

    @Test func `A store that nobody holds any more ends by itself`() async throws {
        try await withBareRedis { redis in
            let options = RedisOptions(url: redis.url, namespace: "n", dataspace: "d", socketTimeout: .seconds(10))
            weak var held: MCPStore?
            do {
                let store = try await MCPStore.setup(redis: options, logger: .quiet)
                held = store
                try await store.forStore().addService(["name": "s", "command": .string(BuiltProduct.path(of: "toolserver"))])
                try await store.forStore().waitService("s")
            }
            try await eventually("the store is gone") { held == nil }
            try await eventually("its worker and its coordinator have left") { try await redis.keys("*:pool:*") == [] }
            try await eventually("its connections are closed") {
                let clients = try await redis.ask("CLIENT", "LIST").string ?? ""
                return !clients.contains("name=mcpstore")
            }
        }
    }

    @Test func `Closing is bounded where Redis is gone`() async throws {
        try await withBareRedis { redis in
            let options = RedisOptions(url: redis.url, namespace: "n", dataspace: "d", socketTimeout: .seconds(1))
            let store = try await MCPStore.setup(redis: options, logger: .quiet)
            try await store.forStore().addService(["name": "s", "command": .string(BuiltProduct.path(of: "toolserver"))])
            try await store.forStore().waitService("s")
            await redis.kill()
            let start = ContinuousClock.now
            await store.close()
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }
}
