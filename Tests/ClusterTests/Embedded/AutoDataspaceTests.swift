import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// With a lease of 4 s instead of 30 s, in the processes.
@Suite struct `Auto dataspaces` {
    private static let lease = ["MCPSTORE_AUTO_LEASE_MS": "4000"]

    private func start(_ redis: RedisServer, dataspace: String = "auto") async throws -> StoreProcess {
        try await StoreProcess.start(redis, dataspace: dataspace, environment: Self.lease)
    }

    /// Every key has an expiry, and none is longer than the lease.
    private func expectLeases(_ redis: RedisServer, at location: SourceLocation = #_sourceLocation) async throws {
        let wrong = try await redis.expiries().filter { !(0...4000).contains($0.value) }
        #expect(wrong.isEmpty, sourceLocation: location)
    }

    @Test func `S8: every key has its lease from the start, and all go when the last process was killed`() async throws {
        try await withBareRedis { redis in
            let first = try await start(redis)
            try await expectLeases(redis)
            let second = try await start(redis, dataspace: String(first.space.split(separator: ":")[1]))
            #expect(second.space == first.space)
            try await first.addTools("a")
            try await expectLeases(redis)
            try await second.addTools("b")
            #expect(try await first.echo("b") == "hi")
            // Large enough for a key of its own.
            try await second.run("call", ["name": "a_big", "arguments": ["bytes": 200_000]])
            _ = try second.begin("call", ["name": "a_sleep", "arguments": ["ms": 600_000]])
            try await first.run("add", ["services": ["mcpServers": ["c": ["command": "/nonexistent"]]]])
            try await first.run("remove", ["name": "c"])
            try await expectLeases(redis)
            #expect(try await redis.keys().count > 40)

            try await first.kill()
            #expect(try await second.echo("b") == "hi")
            try await second.kill()
            let killed = ContinuousClock.now
            try await expectLeases(redis)
            try await eventually("all keys are gone", within: .seconds(20)) { try await redis.keys().isEmpty }
            print("MEASURED auto dataspace with a lease of 4 s: gone \(ContinuousClock.now - killed) after SIGKILL")
        }
    }

    @Test func `S8: a space lives as long as its processes`() async throws {
        try await withBareRedis { redis in
            let store = try await start(redis)
            try await store.addTools("tools")
            let before = try await redis.keys()
            let config = "\(store.space):services:tools:config"
            // Renewed again and again: far longer than the lease.
            for _ in 0..<4 {
                let low = try await eventually("the lease goes on", within: .seconds(10)) {
                    let left = try await redis.ask("PTTL", config).integer ?? -2
                    return left < 2900 ? left : nil
                }
                try #require(low > 0)
                try await eventually("it is renewed", within: .seconds(10)) {
                    try await redis.ask("PTTL", config).integer ?? -2 > low
                }
            }
            #expect(try await redis.keys() == before)
            #expect(try await store.echo("tools") == "hi")
            #expect(try await store.close() == .exited(0))
            #expect(try await redis.keys() == [])
        }
    }

    @Test func `S8: closing the last store deletes everything at once, closing another nothing of it`() async throws {
        try await withBareRedis { redis in
            let first = try await start(redis)
            let second = try await start(redis, dataspace: String(first.space.split(separator: ":")[1]))
            try await first.addTools("tools")
            try await second.run("wait", ["name": "tools"])
            #expect(try await first.close() == .exited(0))
            #expect(try await second.echo("tools") == "hi")
            #expect(try await second.close() == .exited(0))
            #expect(try await redis.keys() == [])
        }
    }

    @Test func `S8: a process that was stopped for longer than the lease writes its services back`() async throws {
        try await withBareRedis { redis in
            let store = try await start(redis)
            try await store.addTools("tools")
            store.process.signal(SIGSTOP)
            try await eventually("all keys are gone", within: .seconds(20)) { try await redis.keys().isEmpty }
            store.process.signal(SIGCONT)
            try await eventually("the service answers again") {
                let answer = try await store.answer(
                    try store.begin("call", ["name": "echo", "arguments": ["text": "back"], "timeout": 5000])
                )
                return answer["text"] == "back"
            }
            try await store.run("wait", ["name": "tools"])
            try await expectLeases(redis)
            #expect(try await store.close() == .exited(0))
            #expect(try await redis.keys() == [])
        }
    }

    @Test func `S8: a fixed dataspace has no expiries, and each start of an automatic one is another`() async throws {
        try await withBareRedis { redis in
            let fixed = try await StoreProcess.start(redis, dataspace: "auto-mation", environment: Self.lease)
            try await fixed.addTools("tools")
            let mortal = try await redis.expiries().filter { $0.value != -1 }.keys
            #expect(mortal.allSatisfy { $0.contains(":inbox:") || $0.hasSuffix(":pool:leader") })
            #expect(try await fixed.close() == .exited(0))
            #expect(try await redis.keys("shop:auto-mation:services:tools:config").count == 1)
            let first = try await start(redis)
            let second = try await start(redis)
            #expect(first.space != second.space)
            #expect(first.space.split(separator: ":")[1].wholeMatch(of: #/auto-[0-9a-f]{16}/#) != nil)
        }
    }
}
