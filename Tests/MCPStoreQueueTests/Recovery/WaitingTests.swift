import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct WaitingTests {
    private func job(_ fixture: Fixture, _ id: String, bytes: Int = 2, waitLimit: Int = 0) -> Job {
        Job(
            id: id,
            service: fixture.service,
            name: "echo",
            parameters: ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes),
            timeout: 600_000,
            submitted: 7,
            waitLimit: waitLimit
        )
    }

    private func all(_ recovery: RedisRecovery, _ fixture: Fixture, looking limit: Int, overdueAt now: Int? = nil) async throws
        -> [WaitingPage]
    {
        var pages: [WaitingPage] = []
        repeat {
            let after = pages.last?.next
            pages.append(try await recovery.waiting(in: fixture.lane, after: after, looking: limit, overdueAt: now))
        } while pages.last?.next != nil && pages.count < 100
        return pages
    }

    /// A page of a hundred jobs would be more than one reply of Redis may be.
    @Test func `what waits is read without its parameters, a bounded part at a time, behind what was given out`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            #expect(try await all(recovery, fixture, looking: 10).map(\.deliveries.count) == [0])
            for number in 0..<20 { _ = try await fixture.add(job(fixture, "c-\(number)", bytes: 1 << 20)) }
            _ = try await fixture.execute("XADD", fixture.lane.key, "*", "what", "no job")
            let first = try await recovery.waiting(in: fixture.lane, looking: 3)
            try await fixture.deliver(to: "w1")
            // Four megabytes are enough for one call; it looks at eight at a time.
            let pages = try await all(recovery, fixture, looking: 1000)
            #expect(pages.map(\.deliveries.count) == [8, 8, 3])
            #expect(pages.flatMap(\.deliveries).map(\.job.id) == (1..<20).map { "c-\($0)" })
            #expect(pages.flatMap(\.deliveries).allSatisfy { $0.job.parameters.readableBytes == 0 && $0.job.timeout == 600_000 })
            #expect(pages.flatMap(\.strays).count == 1)
            #expect(try await all(recovery, fixture, looking: 2).map(\.deliveries.count).reduce(0, +) == 19)
            // A place that was given out meanwhile is behind the first that was not.
            try await fixture.deliver(to: "w1")
            try await fixture.deliver(to: "w1")
            try await fixture.deliver(to: "w1")
            let next = try await recovery.waiting(in: fixture.lane, after: first.next, looking: 1)
            #expect(next.deliveries.map(\.job.id) == ["c-4"])
            try await recovery.delete(pages.flatMap(\.strays), in: fixture.lane)
            #expect(try await fixture.left().entries == 20)
        }
    }

    @Test func `what a dead worker has is read without its parameters, and moves with them`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            #expect(try await recovery.pending(of: "w1", in: fixture.lane).isEmpty)
            for number in 0..<6 { _ = try await fixture.add(job(fixture, "c-\(number)", bytes: 1 << 20)) }
            let stray = try await fixture.execute("XADD", fixture.lane.key, "*", "what", "no job").string
            for _ in 0..<7 { try await fixture.deliver(to: "w1") }
            _ = try await fixture.execute("XDEL", fixture.lane.key, try #require(stray))
            let found = try await recovery.pending(of: "w1", in: fixture.lane)
            // Behind four megabytes the next call goes on.
            #expect(found.map(\.job.id) == (0..<4).map { "c-\($0)" })
            #expect(found.allSatisfy { $0.job.parameters.readableBytes == 0 && $0.job.timeout == 600_000 })
            let moves = found.map { Settlement($0, .move(reason: "worker died", attempt: 2, deaths: 1)) }
            _ = try await recovery.settle(moves, in: fixture.space)
            #expect(try await recovery.pending(of: "w1", in: fixture.lane).map(\.job.id) == ["c-4", "c-5"])
            let entries = try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array.map { Array($0) } ?? []
            let jobs = entries.compactMap { JobFields.delivery($0, lane: fixture.lane)?.job }
            #expect(jobs.map(\.parameters.readableBytes) == Array(repeating: 1 << 20, count: 6))
            #expect(jobs.map(\.deaths) == [0, 0, 1, 1, 1, 1])
        }
    }

    @Test func `only those are named whose time to wait is over`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let first = try await fixture.add(job(fixture, "c-1"))
            _ = try await fixture.add(job(fixture, "c-2", waitLimit: 1000))
            var moved = job(fixture, "c-3")
            moved.since = first.milliseconds - 700_000
            _ = try await fixture.add(moved)
            var started = job(fixture, "c-4", waitLimit: 1)
            started.attempt = 2
            _ = try await fixture.add(started)
            func overdue(after milliseconds: Int) async throws -> [String] {
                let now = (first.milliseconds + milliseconds) * 1000
                return try await all(recovery, fixture, looking: 2, overdueAt: now).flatMap(\.deliveries).map(\.job.id)
            }
            #expect(try await overdue(after: 0) == ["c-3"])
            #expect(try await overdue(after: 60_000) == ["c-2", "c-3"])
            #expect(try await overdue(after: 700_000) == ["c-1", "c-2", "c-3", "c-4"])
        }
    }
}
