import MCPStoreQueue
import NIOCore
import TestSupport
import Testing

@Suite struct EndToEndTests {
    @Test func `a submitted job is run by a worker and its caller gets the outcome`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let outcome = try await caller.queue.submit(caller.job(fixture.service, "echo", #"{"a":1}"#))
            #expect(outcome.kind == .ok)
            #expect(String(buffer: outcome.payload) == #"{"a":1}"#)
            #expect(outcome.worker == "w")
            #expect(outcome.waited == 5 && outcome.ran == 7 && outcome.attempt == 1)
            let stats = try #require(try await fixture.stats())
            #expect(stats.outcomes == [.ok: 1])
            #expect(stats.waiting == 5 && stats.running == 7)
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `a thousand concurrent jobs get their own answers and stats equal the outcomes`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let wrong = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let text = "{\"n\":\(number)}"
                        let lane: Lane = number % 5 == 0 ? .batch : .interactive
                        return await caller.call(caller.job(fixture.service, "echo", text, lane: lane)).text != text
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
            let stats = try #require(try await fixture.stats())
            #expect(stats.outcomes == [.ok: 1000])
            #expect(stats.waiting == 5000 && stats.running == 7000)
            #expect(stats.waitingBuckets.values.reduce(0, +) == 1000)
            await caller.close()
            await worker.stop()
        }
    }
}
