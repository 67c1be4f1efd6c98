import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import MCPStore

/// Batches with a name, over Redis: what one life of them has asked, the next one does not ask again.
@Suite(.timeLimit(.minutes(3))) struct BatchDurabilityTests {
    private static let readOnly = #"{"name":"harmless","inputSchema":{},"annotations":{"readOnlyHint":true}}"#
    private static let plain = #"{"name":"harmful","inputSchema":{}}"#

    /// Adds a service with a tool that may run twice and one that may not.
    private func addTools(_ fixture: StoreFixture) async throws {
        _ = try await fixture.registry.put([("svc", ByteBuffer(string: #"{"command":"x"}"#), nil)], by: "test")
        try await fixture.publish("svc", tools: [Self.readOnly, Self.plain])
        try await fixture.set(.healthy, of: "svc")
        #expect(await fixture.waitForSnapshot { $0.services["svc"]?.tools.count == 2 })
    }

    private func outcomes(_ fixture: StoreFixture, _ calls: [BatchCall], name: String?) async throws -> [String] {
        var options = BatchOptions()
        options.name = name
        options.isOrdered = true
        var outcomes: [String] = []
        for try await answer in try fixture.context.batch(calls, options) {
            outcomes.append(answer.result.map { "\(answer.outcome) \($0.json.count)" } ?? answer.outcome)
        }
        return outcomes
    }

    private func calls(_ count: Int, _ tool: String = "harmful") -> [BatchCall] {
        (1...count).map { BatchCall(tool: tool, arguments: ["n": .integer($0)]) }
    }

    @Test func `The same batch under the same name runs nothing a second time, whatever its outcomes were`() async throws {
        try await withStore { fixture in
            try await addTools(fixture)
            let starts = NIOLockedValueBox(0)
            let kinds: [OutcomeKind] = [.ok, .toolError, .protocolError, .interrupted, .timedOut]
            let worker = try await AnsweringWorker(fixture, services: ["svc"]) { _, _ in
                let number = starts.withLockedValue { starts in
                    defer { starts += 1 }
                    return starts
                }
                return .test(kinds[number % kinds.count], #"{"message":"\#(number)"}"#)
            }
            let first = try await outcomes(fixture, calls(20), name: "b")
            #expect(first.count == 20 && Set(first.map { $0.prefix { $0 != " " } }).count == kinds.count)
            #expect(try await outcomes(fixture, calls(20), name: "b") == first)
            #expect(starts.withLockedValue { $0 } == 20)
            // More calls behind those are new, and so is another name.
            #expect(try await outcomes(fixture, calls(22), name: "b").count == 22)
            #expect(starts.withLockedValue { $0 } == 22)
            _ = try await outcomes(fixture, calls(3), name: "c")
            #expect(starts.withLockedValue { $0 } == 25)
            _ = try await outcomes(fixture, calls(3), name: nil)
            #expect(starts.withLockedValue { $0 } == 28)
            await worker.stop()
        }
    }

    @Test func `A call of which Redis has forgotten everything runs where it may run twice, and is unknown where not`()
        async throws
    {
        try await withStore { fixture in
            try await addTools(fixture)
            let names = NIOLockedValueBox<[String]>([])
            let worker = try await AnsweringWorker(fixture, services: ["svc"]) { _, job in
                names.withLockedValue { $0.append(job.name) }
                return .test(.ok, "{}")
            }
            let doubtful = ["harmless", "harmful"].map { tool in
                var call = BatchCall(tool: tool)
                call.isDoubtful = true
                return call
            }
            #expect(try await outcomes(fixture, doubtful, name: "b") == ["ok 2", "unknown"])
            #expect(names.withLockedValue { $0 } == ["harmless"])
            // One that did run has its outcome.
            #expect(try await outcomes(fixture, calls(1), name: "d") == ["ok 2"])
            var known = calls(1)
            known[0].isDoubtful = true
            #expect(try await outcomes(fixture, known, name: "d") == ["ok 2"])
            #expect(names.withLockedValue { $0.count } == 2)
            await worker.stop()
        }
    }

    @Test func `Calls of a batch wait in its lane, say what they may, and their records are kept for 14 days`() async throws {
        try await withStore { fixture in
            try await addTools(fixture)
            let seen = NIOLockedValueBox<[Job]>([])
            let worker = try await AnsweringWorker(fixture, services: ["svc"]) { _, job in
                seen.withLockedValue { $0.append(job) }
                return .test(.ok, "{}")
            }
            _ = try await outcomes(fixture, calls(1) + calls(1, "harmless"), name: "b")
            let jobs = seen.withLockedValue { $0 }.sorted { $0.name < $1.name }
            #expect(jobs.map(\.lane) == [.batch, .batch])
            // The key is no consent.
            #expect(jobs.map(\.mayRunAgain) == [false, true])
            #expect(jobs.allSatisfy { $0.runLimit == 60_000 && $0.timeout == 86_460_000 })
            let key = SpaceKeys(fixture.space).record(try #require(jobs.first).record)
            let left = try await fixture.client.execute(RedisCommand("PTTL", key)).integer ?? 0
            #expect(left > 1_209_000_000 && left <= 1_209_600_000)
            await worker.stop()
        }
    }
}
