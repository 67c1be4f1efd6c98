import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct RedisBatchesTests {
    private static func record(_ id: String) -> BatchRecord {
        var record = BatchRecord(id: id)
        record.host = "h"
        record.process = 7
        record.input = "/in put"
        record.output = "/out"
        record.agent = "alice"
        record.read = 12
        record.total = 20
        record.outcomes = ["ok": 9, "timedOut": 2]
        record.round = 3
        return record
    }

    @Test func `A batch says how far it is, is found and listed, and expires 7 days after its last news`() async throws {
        try await withFixture { fixture in
            let batches = RedisBatches(space: fixture.space, client: fixture.client)
            let (created, isCancelling, _) = try await batches.put(Self.record("a"), run: "r1")
            #expect(created > 1_600_000_000_000 && !isCancelling)
            _ = try await batches.put(Self.record("b"), run: "r1")
            var changed = Self.record("a")
            changed.status = .finished
            changed.outcomes = ["ok": 20]
            // Made once, and told again.
            #expect(try await batches.put(changed, run: "r1").created == created)
            var found = try #require(try await batches.batch("a"))
            #expect(found.created == created && found.updated >= created && found.answered == 20 && found.failed == 0)
            changed.created = found.created
            changed.updated = found.updated
            #expect(found == changed)
            #expect(try await batches.batch("c") == nil)
            // Both in one millisecond have no order.
            #expect(Set(try await batches.list(limit: 10).map(\.id)) == ["a", "b"])
            #expect(try await batches.list(limit: 1).count == 1)
            for key in [fixture.keys.batch("a"), fixture.keys.batches] {
                let left = try await fixture.execute("PTTL", key).integer ?? 0
                #expect(left > 604_700_000 && left <= 604_800_000)
            }
            found.outcomes = [:]
            #expect(found.failed == 0)
        }
    }

    @Test func `A batch hears that it is to be cancelled until it is resumed, and one that is gone cannot be`() async throws {
        try await withFixture { fixture in
            let batches = RedisBatches(space: fixture.space, client: fixture.client)
            #expect(try await batches.cancel("a") == false)
            #expect(try await fixture.execute("EXISTS", fixture.keys.batch("a")).integer == 0)
            _ = try await batches.put(Self.record("a"), run: "r1")
            #expect(try await batches.cancel("a"))
            #expect(try await batches.put(Self.record("a"), run: "r1").isCancelling)
            #expect(try await batches.batch("a")?.isCancelling == true)
            try await batches.resume("a")
            #expect(try await batches.put(Self.record("a"), run: "r1").isCancelling == false)
        }
    }

    @Test func `Only the command that went on last goes on, and one that knows it may take over`() async throws {
        try await withFixture { fixture in
            let batches = RedisBatches(space: fixture.space, client: fixture.client)
            let created = try await batches.put(Self.record("a"), run: "r1").created
            // With another journal it cannot know that the one before is gone.
            let other = try await batches.put(Self.record("a"), run: "r2.copy", after: ["r0", "r1"])
            #expect(other.wait > 0 && other.wait <= 5000)
            _ = try await fixture.execute("HINCRBY", fixture.keys.batch("a"), "updated", "-5000")
            #expect(try await batches.put(Self.record("a"), run: "r2.copy", after: ["r0", "r1"]).wait == 0)
            #expect(try await batches.put(Self.record("a"), run: "r3.copy", after: ["r2.copy"]).created == created)
            for earlier in [[], ["r1"], ["r"], ["r3.copyx"]] {
                let refused = await #expect(throws: QueueError.self) {
                    try await batches.put(Self.record("a"), run: "r1", after: earlier)
                }
                #expect(refused?.code == .conflict && refused?.message.contains("gone on with elsewhere") == true)
            }
            _ = try await batches.put(Self.record("a"), run: "r3.copy")
            // What Redis has forgotten is nobody's.
            _ = try await fixture.execute("DEL", fixture.keys.batch("a"))
            _ = try await batches.put(Self.record("a"), run: "r1")
        }
    }

    @Test func `The list is bounded, and records of calls are deleted however many they are`() async throws {
        try await withFixture { fixture in
            let batches = RedisBatches(space: fixture.space, client: fixture.client)
            for number in 0..<RedisBatches.mostListed + 3 {
                _ = try await fixture.execute("ZADD", fixture.keys.batches, "99999999999999", "x\(number)")
            }
            _ = try await batches.put(Self.record("a"), run: "r1")
            #expect(try await fixture.execute("ZCARD", fixture.keys.batches).integer == RedisBatches.mostListed)
            // What is listed and has expired is left out.
            #expect(try await batches.list(limit: 1000).allSatisfy { $0.id == "a" })
            let records = (0..<603).map { "r\($0)" }
            for record in records { _ = try await fixture.execute("HSET", fixture.keys.record(record), "status", "ended") }
            try await batches.forget(records)
            let left = try await fixture.execute("EXISTS", fixture.keys.record("r0"), fixture.keys.record("r602")).integer
            #expect(left == 0)
            try await batches.forget([])
        }
    }

    @Test func `The fields of a batch are those that the documentation names`() async throws {
        try await withFixture { fixture in
            _ = try await RedisBatches(space: fixture.space, client: fixture.client).put(Self.record("a"), run: "r1")
            let fields = try await fixture.hash(fixture.keys.batch("a"))
            #expect(
                Set(fields.keys) == [
                    "status", "created", "updated", "host", "pid", "input", "output", "agent", "read", "total", "outcomes",
                    "round", "run",
                ]
            )
        }
    }
}
