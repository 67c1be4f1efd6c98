import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@Suite struct IdempotencyTests {
    private func job(
        _ caller: TestCaller,
        _ fixture: Fixture,
        _ key: String,
        _ parameters: String = "{}",
        timeout: Int = 30_000,
        lane: Lane = .interactive
    ) -> Job {
        var job = caller.job(fixture.service, "echo", parameters, lane: lane, timeout: timeout)
        job.idempotency = key
        return job
    }

    private func record(_ fixture: Fixture, _ key: String) -> String {
        fixture.keys.record(Job.record(service: fixture.service.name, method: "tools/call", name: "echo", key: key))
    }

    /// A worker that answers each start with its number.
    private func counting(_ fixture: Fixture) async throws -> TestWorker {
        let starts = NIOLockedValueBox(0)
        return try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service]) { delivery in
            let number = starts.withLockedValue { starts in
                starts += 1
                return starts
            }
            return Outcome(kind: .ok, payload: ByteBuffer(string: "{\"start\":\(number)}"), worker: "w", waited: 5, ran: 7)
        }
    }

    @Test func `a key that was answered gives the same answer at once, to any caller, and the record expires a day after`()
        async throws
    {
        try await withFixture { fixture in
            let worker = try await counting(fixture)
            let first = try await TestCaller(fixture.space, fixture.configuration)
            #expect(await first.call(job(first, fixture, "k")).text == #"{"start":1}"#)
            await first.close()
            // The caller's process was started anew; there is no worker any more.
            await worker.stop()
            let second = try await TestCaller(fixture.space, fixture.configuration)
            let again = await second.call(job(second, fixture, "k", lane: .batch))
            #expect(again.text == #"{"start":1}"#)
            guard case .success(let outcome) = again else { return }
            #expect(outcome.worker == "w" && outcome.waited == 5 && outcome.ran == 7 && outcome.finished > 0)
            #expect(try await fixture.stats()?.outcomes == [.ok: 1])
            let left = try await fixture.execute("PTTL", record(fixture, "k")).integer ?? 0
            #expect(left > 86_300_000 && left <= 86_400_000)
            #expect(try await fixture.left().entries == 0)
            await second.close()
        }
    }

    @Test func `a record has no expiry while its run goes on, and one's own retention after it`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            var job = job(caller, fixture, "k")
            job.retention = 5000
            async let call = caller.call(job)
            await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } }
            #expect(try await fixture.execute("PTTL", record(fixture, "k")).integer == -1)
            #expect(worker.holding.first?.job.mayRunAgain == true)
            worker.finish(try #require(worker.holding.first))
            #expect(await call.kind == .ok)
            let left = try await fixture.execute("PTTL", record(fixture, "k")).integer ?? 0
            #expect(left > 0 && left <= 5000)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `who waits for the run of another is told by whoever settles it, and by the record if nobody tells`() async throws
    {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            let first = try await TestCaller(fixture.space, fixture.configuration)
            let second = try await TestCaller(fixture.space, fixture.configuration)
            for isTold in [true, false] {
                let key = "k\(isTold)"
                async let run = first.call(job(first, fixture, key))
                await worker.events.wait(count: isTold ? 1 : 2) { if case .started = $0 { true } else { false } }
                async let waiting = second.call(job(second, fixture, key))
                // It has its place in the list.
                while try await fixture.execute("HGET", record(fixture, key), "waiters").string?.isEmpty != false {}
                if !isTold { _ = try await fixture.execute("HSET", record(fixture, key), "waiters", "") }
                worker.finish(try #require(worker.holding.first), .toolError, #"{"isError":true}"#)
                #expect(await run.kind == .toolError)
                #expect(await waiting.text == #"{"isError":true}"#)
            }
            await first.close()
            await second.close()
            await worker.stop()
        }
    }

    @Test func `a record past its deadline whose entry is gone is resolved when it is read`() async throws {
        try await withFixture { fixture in
            let first = try await TestCaller(fixture.space, fixture.configuration)
            async let lost = first.call(job(first, fixture, "k", timeout: 500))
            while try await fixture.left().entries == 0 {}
            // Its data is deleted, but not its record.
            _ = try await fixture.execute("DEL", fixture.lane.key)
            let second = try await TestCaller(fixture.space, fixture.configuration)
            // Before its deadline it counts as running.
            #expect(await second.call(job(second, fixture, "k", timeout: 20)).kind == .timedOut)
            _ = await lost
            let worker = try await counting(fixture)
            _ = try await fixture.execute("HSET", record(fixture, "k"), "deadline", "1")
            #expect(await second.call(job(second, fixture, "k")).text == #"{"start":1}"#)
            await first.close()
            await second.close()
            await worker.stop()
        }
    }

    @Test func `callers whose connection is killed again and again get every answer, and every key runs once`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await counting(fixture)
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let done = Events<(key: Int, answer: Result<Outcome, QueueError>)>()
                let next = NIOLockedValueBox(0)
                async let loading: Void = withTaskGroup(of: Void.self) { group in
                    for _ in 0..<12 {
                        group.addTask {
                            while true {
                                let number = next.withLockedValue { number in
                                    number += 1
                                    return number
                                }
                                if number > 600 { return }
                                // Two calls of each key, at about the same time.
                                done.add((number / 2, await caller.call(job(caller, fixture, "k\(number / 2)"))))
                            }
                        }
                    }
                }
                for count in [50, 150, 250, 350, 450, 550] {
                    #expect(await done.wait(seconds: 60) { $0.count >= count })
                    let list = try await fixture.execute("CLIENT", "LIST").string ?? ""
                    for line in list.split(separator: "\n") where line.contains(" name=caller ") {
                        guard let id = line.split(separator: " ").first?.dropFirst("id=".count) else { continue }
                        _ = try await fixture.execute("CLIENT", "KILL", "ID", String(id))
                    }
                }
                await loading
                let failed = done.all.filter { $0.answer.kind != .ok }
                #expect(done.all.count == 600 && failed.isEmpty, "\(failed)")
                let answers = Dictionary(grouping: done.all) { $0.key }
                #expect(answers.values.allSatisfy { Set($0.map(\.answer.text)).count == 1 })
                #expect(try await fixture.stats()?.outcomes == [.ok: answers.count])
                await caller.close()
                await worker.stop()
            }
        }
    }

    @Test func `the fields of a record are those that the documentation names`() async throws {
        try await withFixture { fixture in
            let worker = try await counting(fixture)
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            #expect(await caller.call(job(caller, fixture, "secret-key")).kind == .ok)
            let fields = try await fixture.hash(record(fixture, "secret-key"))
            #expect(
                Set(fields.keys) == [
                    "status", "service", "stream", "entry", "job", "hash", "deadline", "retention", "waiters", "outcome",
                    "payload",
                    "worker", "attempt", "waited", "ran", "ended",
                ]
            )
            #expect(!"\(fields)".contains("secret-key"))
            await caller.close()
            await worker.stop()
        }
    }
}
