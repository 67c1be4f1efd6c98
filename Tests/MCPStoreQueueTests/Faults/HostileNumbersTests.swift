import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// Whoever may write to a space, or to a pool, can write any number there. None may end a process that serves others.
@Suite struct HostileNumbersTests {
    private static let huge = String(Int.max)

    @Test func `a delayed job that is due at the end of all time, or before it, ends no coordinator`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .quiet)
            for score in ["inf", "1e300", "9e18"] {
                _ = try await fixture.execute("ZADD", fixture.keys.delayed, score, "job")
                #expect(try await recovery.promote(fixture.space) == Int.mostPlausible)
            }
            _ = try await fixture.execute("ZADD", fixture.keys.delayed, "-inf", "job")
            // Due, and without fields: it is taken out.
            #expect(try await recovery.promote(fixture.space) == nil)
        }
    }

    @Test func `a lease that never ends is no lease that crashes its coordinator`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            for score in ["inf", "1e300"] {
                _ = try await fixture.execute("ZADD", fixture.pool.leases, score, "w")
                let (dead, next) = try await pool.expireWorkers()
                #expect(dead == [] && next == Int.mostPlausible)
            }
        }
    }

    @Test func `a job with impossible times is delivered with possible ones, and ends like any other`() async throws {
        try await withFixture { fixture in
            for number in [Self.huge, String(Int.min), "-1"] {
                let id = try #require(
                    try await fixture.execute(
                        "XADD",
                        fixture.lane.key,
                        "*",
                        "id",
                        "j",
                        "since",
                        number,
                        "submitted",
                        number,
                        "timeout",
                        number,
                        "attempt",
                        number,
                        "deaths",
                        number,
                        "params",
                        "{}"
                    )
                    .string
                )
                let entry = try #require(try await fixture.execute("XRANGE", fixture.lane.key, id, id).array?.first)
                let delivery = try #require(JobFields.delivery(entry, lane: fixture.lane))
                #expect(delivery.deadline >= 0 && delivery.job.attempt >= 1)
                let action = RecoveryDecision.action(for: delivery, worker: "w", delivered: nil, now: 1, maxDeaths: 3)
                let results = try await fixture.settle([Settlement(delivery, action, claims: true)])
                #expect(results.count == 1 && results[0] != .notOurs)
                _ = try await fixture.execute("XTRIM", fixture.lane.key, "MAXLEN", "0")
            }
        }
    }

    @Test func `outcomes and stats with impossible numbers are read with possible ones`() async throws {
        try await withFixture { fixture in
            let key = fixture.keys.stats(toolKey: "echo")
            for field in ["ok", "toolError", "waiting_us", "w12", "w250", "w-5", "r9223372036854775807", "r1"] {
                _ = try await fixture.execute("HSET", key, field, Self.huge)
            }
            let stats = try #require(try await fixture.stats())
            #expect(stats.calls == Int.mostPlausible)
            #expect(ToolStats.percentile(0.99, of: stats.waitingBuckets) != nil)
            #expect(ToolStats.percentile(0.99, of: stats.runningBuckets) != nil)

            let value = "ok \(Self.huge) \(Self.huge) {}"
            let id = try #require(try await fixture.execute("XADD", "inbox", "*", "worker", "w", "j", value).string)
            let fields = try #require(try await fixture.execute("XRANGE", "inbox", id, id).array?.first?.array?[1].array)
            let outcome = fields.withView { view -> Outcome? in
                var values = view.makeIterator()
                for _ in 0..<3 { _ = values.next() }
                return values.next().map { PackedOutcome.outcome($0, of: fields, worker: "w", submitted: 1_700_000_000_000_000) }
            }
            #expect(outcome?.kind == .ok && outcome?.waited == Int.mostPlausible && outcome.map { $0.finished > 0 } == true)
        }
    }

    @Test func `a score is cut to what a time can be`() {
        #expect(Int(plausible: .nan) == 0 && Int(plausible: -.infinity) == 0 && Int(plausible: -1) == 0)
        #expect(Int(plausible: 1.5) == 2 && Int(plausible: .infinity) == Int.mostPlausible)
        #expect([Int.max, Int.max, Int.min].plausibleSum == Int.mostPlausible)
        #expect(Int.min.plausible == 0 && 7.plausible == 7)
    }

    @Test func `entries with impossible ids are late, listed and kept like others`() async throws {
        try await withFixture { fixture in
            let id = "9223372036854775806-1"
            _ = try await fixture.execute("XADD", fixture.lane.key, id, "id", "j", "name", "t", "wait", "1", "params", "{}")
            let entry = try #require(try await fixture.execute("XRANGE", fixture.lane.key, id, id).array?.first)
            let delivery = try #require(JobFields.delivery(entry, lane: fixture.lane))
            #expect(delivery.startBy.map { $0 > 0 } == true && !delivery.isOverdue(now: 1) && delivery.entry.description == id)
            let list = RedisJobList(try await TestCaller(fixture.space, fixture.configuration).queue)
            #expect(try await list.live([fixture.lane], JobFilter(), after: nil, limit: 10).jobs.map(\.job) == ["j"])
            _ = try await fixture.execute("ZADD", fixture.keys.delayed, "inf", "d")
            #expect(try await list.delayed(JobFilter(), limit: 10).isEmpty, "it has no fields")
        }
        #expect(SubmittedJob(member: "j svc interactive t", score: "inf")?.submitted == Int.mostPlausible)
        let brake = ServiceBrake(json: #"{"kind":"open","until":\#(Int.min),"reason":"","worker":"","times":\#(Int.max)}"#)
        #expect(brake?.until == 0 && brake?.times == 1000)
        #expect(AccessLimits(rate: .greatestFiniteMagnitude).effectiveBurst == Int.mostPlausible)
    }

    @Test func `leases that were written before the clock went back are cut`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            _ = try await fixture.execute("ZADD", fixture.pool.leases, "inf", "w")
            let (dead, next) = try #require(try await pool.expireWorkers(notAfter: nil, longest: 5000))
            #expect(dead == [] && next == 5000)
        }
    }
}
