import MCPStoreRedis
import NIOCore
import NIOPosix
import TestSupport
import Testing

@Suite struct PlainTests {
    @Test func `a value that was set is read back`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration()) { client in
            let status = try await client.execute(RedisCommand("SET", "plain:a", "1"))
            #expect(status.string == "OK")
            #expect(try await client.execute(RedisCommand("GET", "plain:a")).string == "1")
            #expect(try await client.execute(RedisCommand("GET", "plain:none")).isNull)
        }
    }
}
