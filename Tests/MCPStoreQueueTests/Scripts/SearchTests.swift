import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// Scripts that look through a lane in small steps.
@Suite struct SearchTests {
    /// Fills a lane.
    ///
    /// - Returns: The ids of its entries.
    private func fill(_ fixture: Fixture, _ count: Int) async throws -> [String] {
        try await fixture.makeGroup()
        let adds = (0..<count).map {
            RedisCommand("XADD", fixture.lane.key, "*", "id", "j\($0)", "name", "echo", "params", "{}")
        }
        return try await fixture.client.pipeline(adds).map { try $0.get().string ?? "" }
    }

    @Test func `a job is found at any place, and a search that is cut off says where to go on`() async throws {
        try await withFixture { fixture in
            let entries = try await fill(fixture, 30)
            let keys = [fixture.lane.key, fixture.keys.delayed, fixture.keys.inbox("c")]
            func find(_ id: String, from: String = "0", most: Int) async throws -> String? {
                try await fixture.evaluate(Scripts.find, keys, id, from, "+", String(most)).string
            }
            for place in [0, 7, 8, 15, 16, 29] { #expect(try await find("j\(place)", most: 1000) == entries[place]) }
            #expect(try await find("j29", most: 10) == "(" + entries[9])
            #expect(try await find("j29", from: "(" + entries[9], most: 20) == entries[29])
            #expect(try await find("none", most: 30) == "(" + entries[29])
            #expect(try await find("none", from: "(" + entries[29], most: 30) == nil)
            #expect(try await find("none", most: 1000) == nil)
        }
    }

    @Test func `a run behind a thousand others goes on, and one that is nowhere makes room`() async throws {
        try await withFixture { fixture in
            _ = try await fill(fixture, 1500)
            let keys = [
                fixture.keys.config("svc"), fixture.lane.key, LaneID(service: fixture.service, lane: .batch).key,
                fixture.keys.delayed, fixture.keys.record("r"),
            ]
            func submit(_ id: String) async throws -> String? {
                try await fixture.evaluate(
                    Scripts.submitRecord,
                    keys,
                    JobGroup.name,
                    "h",
                    id,
                    "",
                    "60000",
                    "1000",
                    "10000",
                    "svc",
                    "again",
                    "id",
                    id,
                    "name",
                    "echo"
                ).array?.first?.string
            }
            for (job, answer) in [("j1499", "attached"), ("gone", "accepted")] {
                // Its time is over.
                let values = ["status", "running", "hash", "h", "job", job, "entry", "0-1", "deadline", "1", "waiters", ""]
                var record = RedisCommand("HSET", fixture.keys.record("r"))
                for value in values { record.append(value) }
                _ = try await fixture.client.execute(record)
                #expect(try await submit("new") == answer)
            }
        }
    }
}
