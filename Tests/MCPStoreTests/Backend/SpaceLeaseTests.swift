import Logging
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// The lease of an `auto` dataspace covers what is not in the registry: records of idempotency keys.
@Suite struct SpaceLeaseTests {
    @Test func `S8: the record of an idempotency key is kept as long as its store, and goes with it`() async throws {
        try await withFallbackStore(.running, dataspace: "auto") { fixture in
            try await fixture.add("tools")
            let context = fixture.context
            let first = try await context.callTool("record_destructive", ["id": "once"], idempotencyKey: "k")
            let backend = try #require(fixture.store.backend as? RedisBackend)
            let records = backend.jobs.recordsInUse()
            let record = try #require(records.first)
            #expect(records.count == 1)
            // As it is when it has not been renewed for a while.
            #expect(try await fixture.redis(RedisCommand("PEXPIRE", record, "5000")).integer == 1)
            _ = try await backend.lease?.renew()
            #expect(try #require(try await fixture.redis(RedisCommand("PTTL", record)).integer) > 10_000)
            let second = try await context.callTool("record_destructive", ["id": "once"], idempotencyKey: "k")
            #expect(second.text == first.text)
            #expect(try fixture.executions() == 1)
            await fixture.store.close()
            #expect(try await fixture.redis(RedisCommand("EXISTS", record)).integer == 0)
        }
    }
}
