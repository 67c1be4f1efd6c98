import Logging
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// Taking back jobs that nobody waits for: they are found wherever they lie, and nobody waits for ever.
@Suite struct CancellingTests {
    /// A job with a record that says where it was put first.
    private func recorded(_ fixture: Fixture, behind others: Int) async throws -> Delivery {
        var adds: [RedisCommand] = []
        for number in 0..<others {
            adds.append(RedisCommand("XADD", fixture.lane.key, "*", "id", "other-\(number)", "name", "echo", "params", "{}"))
        }
        try await fixture.makeGroup()
        for case .failure(let error) in await fixture.client.pipeline(adds) { throw error }
        let first = try await fixture.execute("XRANGE", fixture.lane.key, "-", "+", "COUNT", "1").array?.first?.array?.first?
            .string
        var job = Job(
            id: "meant",
            service: fixture.service,
            name: "echo",
            parameters: ByteBuffer(string: "{}"),
            inbox: "",
            submitted: 1000
        )
        job.record = "r1"
        let entry = try await fixture.add(job)
        let values = [
            "status", "running", "service", "svc", "stream", fixture.lane.key, "entry", first ?? entry.description, "job", job.id,
            "hash", "h", "retention", "60000", "waiters", "",
        ]
        var command = RedisCommand("HSET", fixture.keys.record("r1"))
        for value in values { command.append(value) }
        _ = try await fixture.client.execute(command)
        return Delivery(job: job, entry: entry)
    }

    private func withCaller(_ fixture: Fixture, _ body: (TestCaller) async throws -> Void) async throws {
        let caller = try await TestCaller(fixture.space, fixture.configuration)
        do { try await body(caller) } catch {
            await caller.close()
            throw error
        }
        await caller.close()
    }

    @Test(arguments: [0, 7, 8, 2500])
    func `a job is taken back also where it was moved behind many others`(others: Int) async throws {
        try await withFixture { fixture in
            let delivery = try await recorded(fixture, behind: others)
            try await withCaller(fixture) { caller in
                let isFound = try await RedisTasks(caller.queue).cancel("r1")
                let isOtherFound = try await RedisTasks(caller.queue).cancel("r2")
                #expect(isFound && !isOtherFound)
                let record = try await fixture.hash(fixture.keys.record("r1"))
                #expect(record["outcome"] == "cancelled")
                let entries = try await fixture.left().entries
                #expect(entries == others)
                let entry = delivery.entry.description
                let left = try await fixture.execute("XRANGE", fixture.lane.key, entry, entry).array
                #expect(left?.isEmpty == true)
            }
        }
    }

    @Test func `where too many lie before it, that is said`() async throws {
        try await withFixture { fixture in
            _ = try await recorded(fixture, behind: RedisTasks.mostEntries)
            try await withCaller(fixture) { caller in
                let error = await #expect(throws: QueueError.self) { try await RedisTasks(caller.queue).cancel("r1") }
                #expect(error?.code == .redis && error?.message.contains("cancel it again") == true)
            }
        }
    }

    @Test func `where Redis does not answer it ends with an error, and the job is ended when Redis is back`() async throws {
        try await withRedisServer { server in
            try await withFixture(server, socketTimeout: .seconds(1)) { fixture in
                let delivery = try await recorded(fixture, behind: 0)
                try await withCaller(fixture) { caller in
                    server.pause()
                    let error = await #expect(throws: QueueError.self) { try await caller.queue.cancel(delivery) }
                    server.resume()
                    #expect(error?.code == .redis && error?.message.contains("it is tried on") == true)
                    try await eventually("it was ended all the same", within: .seconds(60)) {
                        (try? await fixture.hash(fixture.keys.record("r1"))["outcome"]) == "cancelled"
                    }
                }
            }
        }
    }

    @Test func `a client that is closed leaves nobody waiting`() async throws {
        let (batcher, delivery) = try await withFixture { fixture in
            let batcher = SettleBatcher(
                space: fixture.space,
                client: fixture.client,
                clock: ServerClock(),
                eventLoop: fixture.client.eventLoop,
                logger: .silent
            )
            return (batcher, try await recorded(fixture, behind: 0))
        }
        // The second one would wait behind the first one for ever.
        for _ in 0..<2 {
            let settlement = Settlement(delivery, .end(Outcome(kind: .cancelled, payload: ByteBuffer())), claims: true)
            let error = await #expect(throws: QueueError.self) { try await batcher.settleAndWait(settlement) { _ in } }
            #expect(error?.code == .redis && error?.message.contains("closed") == true)
            #expect(batcher.unconfirmed == 0)
        }
    }
}
