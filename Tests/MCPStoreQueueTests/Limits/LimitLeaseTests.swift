import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// `limit_lease.lua` on a real Redis.
@Suite struct LimitLeaseTests {
    private func lease(
        _ fixture: Fixture,
        _ worker: String,
        _ limit: CallLimit,
        share: Int = 0,
        used: Int = 0,
        kept: Int = 0,
        returned: Int = 0,
        more: Int = 0,
        unit: Int = 1,
        waiting: Int = 0,
        lease: Int = 9000
    ) async throws -> [Int] {
        try await ask(fixture, worker, limit, [share, used, kept, returned, more, unit, waiting], lease: lease).map {
            $0.integer ?? -1
        }
    }

    private func ask(_ fixture: Fixture, _ worker: String, _ limit: CallLimit, _ numbers: [Int], lease: Int = 9000) async throws
        -> [RESPReply]
    {
        let numbers = numbers.map { RedisArgument.int($0) }
        let terms: [RedisArgument] = [
            .string(worker), .int(lease), .int(limit.concurrency ?? 0), .string("\(limit.rate ?? 0)"), .int(limit.capacity),
        ]
        let key = LimitScope.service(fixture.service).key
        let reply = try await fixture.client.evaluate(Scripts.limitLease, keys: [key], arguments: terms + numbers)
        return Array(try #require(reply.array))
    }

    @Test func `a worker has slots and tokens, or neither: one without the other would keep both from all`() async throws {
        try await withFixture { fixture in
            let limit = CallLimit(concurrency: 2, rate: 0.001, burst: 4)
            func expect(_ slotsAndTokens: [Int], _ reply: [Int]) { #expect(Array(reply.prefix(2)) == slotsAndTokens) }
            try await expect([2, 3], lease(fixture, "a", limit, share: 2, more: 3))
            // No slot: no token, which would be of no use there.
            try await expect([0, 0], lease(fixture, "b", limit, share: 1, more: 3))
            // It gives a slot back and keeps its tokens, all but one of which are used.
            try await expect([1, 0], lease(fixture, "a", limit, share: 1, used: 1, kept: 0))
            try await expect([1, 1], lease(fixture, "b", limit, share: 1, more: 3))
            // No token is left: no slot but those in use.
            try await expect([1, 0], lease(fixture, "a", limit, share: 2, used: 1, more: 1))
            try await expect([0, 0], lease(fixture, "a", limit, share: 2, more: 1))
            // Its slot went to somebody else while it had a token: that goes back, and can be had by whoever has a slot.
            try await expect([0, 0], lease(fixture, "c", limit, share: 1, kept: 0))
            try await expect([0, -1], lease(fixture, "b", limit, share: 0, kept: 1))
            try await expect([1, 1], lease(fixture, "c", limit, share: 1, more: 4))
        }
    }

    @Test func `who cannot start what waits there learns who has the tokens, and who gives some back learns who waits`()
        async throws
    {
        try await withFixture { fixture in
            let limit = CallLimit(concurrency: 1)
            func ask(_ worker: String, share: Int, used: Int = 0, waiting: Int = 0) async throws -> ([Int], [String]) {
                let reply = try await self.ask(fixture, worker, limit, [share, used, 0, 0, 0, 1, waiting])
                return ([reply[0], reply[3]].map { $0.integer ?? -1 }, reply[4].array?.compactMap(\.string) ?? [])
            }
            func expect(_ found: ([Int], [String]), _ numbers: [Int], _ ring: [String]) {
                #expect(found.0 == numbers && found.1 == ring, "\(found)")
            }
            expect(try await ask("a", share: 1), [1, 0], [])
            expect(try await ask("b", share: 1, waiting: 2), [0, 2], ["a"])
            expect(try await ask("c", share: 1, waiting: 1), [0, 3], ["a"])
            // It is still used: nobody has to be rung, but it is wanted.
            expect(try await ask("a", share: 1, used: 1), [1, 1], [])
            expect(try await ask("a", share: 0), [0, 1], ["b", "c"])
            // Who comes first has it, and is not among those who wait any more.
            expect(try await ask("c", share: 1, waiting: 1), [1, 1], [])
            expect(try await ask("c", share: 0), [0, 1], ["b"])
            expect(try await ask("b", share: 0), [0, 0], [])
            #expect(try await fixture.hash(LimitScope.service(fixture.service).key).isEmpty)
        }
    }

    @Test func `workers share the slots, and never get more than there are`() async throws {
        try await withFixture { fixture in
            let limit = CallLimit(concurrency: 3)
            let first = try await lease(fixture, "a", limit, share: 2)
            #expect(first.first == 2)
            #expect(try await lease(fixture, "b", limit, share: 5).first == 1)
            #expect(try await lease(fixture, "c", limit, share: 1).first == 0)
            #expect(try await lease(fixture, "a", limit, share: 0, used: 1).first == 0)
            // The one that still runs counts.
            #expect(try await lease(fixture, "c", limit, share: 3).first == 1)
            #expect(try await fixture.hash(LimitScope.service(fixture.service).key).keys.sorted() == ["w:a", "w:b", "w:c"])
        }
    }

    @Test func `what workers hold and what is left is never more than the burst`() async throws {
        try await withFixture { fixture in
            let limit = CallLimit(rate: 0.001, burst: 10)
            #expect(try await lease(fixture, "a", limit, more: 6)[1] == 6)
            #expect(try await lease(fixture, "b", limit, more: 6)[1] == 4)
            let wait = try await lease(fixture, "b", limit, kept: 0, more: 6)
            #expect(wait[1] == 0 && wait[2] > 0)
            // Given back, not used: others get it.
            #expect(try await lease(fixture, "a", limit, kept: 1, returned: 5)[1] == 0)
            #expect(try await lease(fixture, "c", limit, more: 10)[1] == 5)
        }
    }

    @Test func `less than one call costs is not given, and what a dead worker held ends with its lease`() async throws {
        try await withFixture { fixture in
            let limit = CallLimit(concurrency: 2, rate: 0.001, burst: 10)
            #expect(try await lease(fixture, "a", limit, share: 2, more: 7, lease: 1)[0...1] == [2, 7])
            try await eventually("its lease is over") { try await lease(fixture, "b", limit, share: 2, more: 1).first == 2 }
            // The tokens count as used.
            #expect(try await lease(fixture, "b", limit, share: 1, returned: 1, more: 5, unit: 5)[1] == 0)
            #expect(try await lease(fixture, "b", limit, share: 1, more: 3, unit: 3)[1] == 3)
        }
    }

    @Test func `of a job that waits here for a token Redis knows that it was not started, and that it is`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [], run: { _ in nil })
            let limits = ServiceLimits(tools: ["echo": CallLimit(concurrency: 1)])
            await worker.queue.open(fixture.service, limit: 100, limits: limits)
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let tasks = (0..<3).map { _ in Task { await caller.call(caller.job(fixture.service)) } }
            for running in (1...3).reversed() {
                try await eventually("one runs, the others wait", within: .seconds(60)) {
                    // It starts when Redis has answered.
                    let counts = try await deliveryCounts(fixture)
                    return counts == [1] + Array(repeating: JobGroup.waiting, count: running - 1) && worker.holding.count == 1
                }
                for delivery in worker.holding { worker.finish(delivery) }
            }
            for task in tasks { #expect(await task.value.kind == .ok) }
            await caller.close()
            await worker.stop()
        }
    }

    /// Of the pending entries of the lane, the highest first.
    private func deliveryCounts(_ fixture: Fixture) async throws -> [Int] {
        let pending = try await fixture.execute("XPENDING", fixture.lane.key, JobGroup.name, "-", "+", "10")
        return try #require(pending.array).compactMap { $0.array?[3].integer }.sorted(by: >)
    }

    @Test func `the hash of a limit goes when nobody uses it`() async throws {
        try await withFixture { fixture in
            _ = try await lease(fixture, "a", CallLimit(concurrency: 2), share: 1)
            let left = try await fixture.execute("PTTL", LimitScope.service(fixture.service).key).integer ?? -1
            #expect((1...27_000).contains(left))
        }
    }

    @Test func `a worker starts no more jobs than it has slots of the cluster, and gives them back when it leaves`() async throws
    {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [], run: { _ in nil })
            await worker.queue.open(fixture.service, limit: 100, limits: ServiceLimits(service: CallLimit(concurrency: 2)))
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let tasks = (0..<6).map { _ in Task { await caller.call(caller.job(fixture.service)) } }
            for count in [2, 4, 6] {
                #expect(await worker.started(count))
                try await eventually("others wait in the lane") {
                    try await fixture.execute("XLEN", fixture.lane.key).integer == 8 - count
                }
                #expect(worker.holding.count == 2)
                for delivery in worker.holding { worker.finish(delivery) }
            }
            for task in tasks { #expect(await task.value.kind == .ok) }
            await caller.close()
            await worker.stop()
            #expect(try await fixture.hash(LimitScope.service(fixture.service).key).isEmpty)
        }
    }

    @Test func `while tokens are held the bucket does not fill up for them: more than a burst never starts at once`() async throws
    {
        try await withFixture { fixture in
            // A million a second: any time at all fills the bucket.
            let limit = CallLimit(rate: 1_000_000, burst: 4)
            let first = try await lease(fixture, "a", limit, more: 2)
            #expect(first[1] == 2)
            // They were used at once: two are left, and no more, however long they were held.
            let second = try await lease(fixture, "a", limit, more: 4)
            #expect(second[1] == 2)
        }
    }
}
