import MCPStore
import Testing

@testable import Command

/// What the processes of `mcpstore up` know of its Redis is what its own store knows.
struct ClusterRedisTests {
    @Test func `A Redis from the environment is not private and its URL is not shown`() throws {
        let environment = ["MCPSTORE_REDIS_URL": "redis://u:p@h", "MCPSTORE_REDIS_PASSWORD": "x", "MCPSTORE_CLUSTER": "c"]
        let redis = try #require(ClusterRedis.given(nil, environment: environment))
        #expect(!redis.isPrivate)
        #expect(redis.shownURL == "URL")
        #expect(redis.options.password == "x")
        #expect(redis.options.cluster == "c")
        #expect(redis.environment["MCPSTORE_REDIS_PASSWORD"] == .some("x"))
        #expect(redis.environment["MCPSTORE_CLUSTER"] == .some("c"))
        #expect(ClusterRedis.given("redis://other", environment: environment)?.url == "redis://other")
    }

    @Test func `A private Redis has no password whatever the environment says`() {
        #expect(ClusterRedis.given(nil, environment: ["MCPSTORE_REDIS_URL": "", "MCPSTORE_REDIS_PASSWORD": "x"]) == nil)
        let redis = ClusterRedis.started(port: 1, environment: ["MCPSTORE_REDIS_PASSWORD": "x", "MCPSTORE_DATASPACE": "d"])
        #expect(redis.shownURL == "redis://127.0.0.1:1")
        #expect(redis.options.password == nil)
        // Present and `nil`: the inherited variable is taken out.
        #expect(redis.environment["MCPSTORE_REDIS_PASSWORD"] == .some(nil))
        #expect(redis.environment["MCPSTORE_DATASPACE"] == .some("default"))
        #expect(redis.environment["MCPSTORE_CLUSTER"] == .some("default"))
    }
}
