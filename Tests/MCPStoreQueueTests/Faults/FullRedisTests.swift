import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// A Redis at its `maxmemory` refuses what is new. Workers are who empties it: also those that are started then.
@Suite struct FullRedisTests {
    @Test func `a worker that starts while Redis is full registers, is placed, says how it is, and runs what is queued`()
        async throws
    {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let jobs = (0..<20).map { _ in caller.job(fixture.service, timeout: 120_000) }
                let results = jobs.map { job in Task { await caller.call(job) } }
                try await eventually("they are queued") { try await fixture.left().entries == jobs.count }
                _ = try await fixture.execute("CONFIG", "SET", "maxmemory", "1")
                #expect(await caller.call(caller.job(fixture.service)).code == .notAccepted)

                let pool = RedisPool(fixture.pool, client: fixture.client)
                let (leadership, _, _) = try await pool.lead(as: "c", lease: .seconds(60))
                let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
                for result in results { #expect(await result.value.kind == .ok) }
                #expect(try await fixture.stats()?.outcomes == [.ok: jobs.count])

                let id = worker.queue.workerID
                #expect(try await pool.lanes(of: id).count == Lane.allCases.count)
                #expect(
                    try await pool.place(fixture.service, on: [id], gained: [id], lost: [], leadership: leadership)
                )
                #expect(try await pool.services(of: id) == [fixture.service])
                let view = ServiceView(status: .healthy, reason: "", pool: "p")
                #expect(try await fixture.registry.publish(view, of: "svc", worker: id) == .healthy)
                let keys = try await fixture.registry.publish([], of: "svc", cache: ByteBuffer(string: "{}"), hash: "0")
                #expect(keys == [])
                await worker.stop()
                #expect(try await pool.workers().isEmpty)
                await caller.close()
            }
        }
    }
}
