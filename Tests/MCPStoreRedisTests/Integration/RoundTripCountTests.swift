import MCPStoreRedis
import TestSupport
import Testing

struct RoundTripCountTests {
    @Test func `Round trips are counted with how long they took and how many failed, blocking reads are not`() async throws {
        try await withRedisServer { server in
            let before = RoundTripCounts.ofProcess
            try await withRedisClient(try server.configuration(socketTimeout: .seconds(30))) { client in
                try await client.waitUntilConnected(timeout: .seconds(60))
                for _ in 0..<100 { _ = try await client.execute(RedisCommand("PING")) }
                _ = await client.pipeline([RedisCommand("HGET", "a")])
                // What was counted last is told with the next commands.
                let after = try await eventually("they are told", within: .seconds(60)) { () async throws -> RoundTripCounts? in
                    _ = try await client.execute(RedisCommand("PING"))
                    let now = RoundTripCounts.ofProcess
                    return now.count - before.count > 100 && now.failures > before.failures ? now : nil
                }
                #expect(after.sum > before.sum && after.buckets.reduce(0, +) <= after.count)
            }
        }
    }
}
