import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct `Dead letters` {
    /// Gives up a job that was submitted and delivered, as recovery does.
    private func bury(_ job: Job, _ fixture: Fixture, reason: String = "poison: 3 workers died") async throws {
        let entry = try await fixture.add(job)
        try await fixture.deliver(to: "w1", job.laneID)
        let outcome = Outcome(kind: .interrupted, payload: Reason(reason, phase: .running).payload, worker: "w1")
        let settlement = Settlement(Delivery(job: job, entry: entry), .end(outcome, copyToDead: true))
        #expect(try await fixture.settle([settlement]) == [.ended(owner: nil)])
    }

    private func job(_ fixture: Fixture, _ id: String, name: String = "echo", lane: Lane = .interactive) -> Job {
        var job = Job(
            id: id,
            service: fixture.service,
            lane: lane,
            name: name,
            parameters: ByteBuffer(string: #"{"name":"\#(name)"}"#),
            timeout: 20_000,
            submitted: 5,
            attempt: 3,
            deaths: 2,
            mayRunAgain: true,
            toolKey: "svc_\(name)"
        )
        job.trace = "t"
        return job
    }

    private func letters(_ caller: TestCaller) -> RedisDeadLetters { RedisDeadLetters(caller.queue) }

    @Test func `they are listed newest first by service, tool, reason and time, without their parameters`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let letters = letters(caller)
            #expect(try await letters.list(DeadFilter(limit: 10)).isEmpty)
            try await bury(job(fixture, "a", name: "one"), fixture)
            try await bury(job(fixture, "b", name: "two", lane: .batch), fixture, reason: "Something Else")
            let all = try await letters.list(DeadFilter(limit: 10))
            #expect(all.map(\.job) == ["b", "a"])
            #expect(all[0].lane == LaneID(service: fixture.service, lane: .batch))
            #expect(all[1].lane == fixture.lane && all[1].attempt == 3 && all[1].worker == "w1" && all[1].timeout == 20_000)
            #expect(all[1].reason.message == "poison: 3 workers died")
            #expect(all.allSatisfy { $0.parameters == nil && $0.size == 14 })
            #expect(try await letters.list(DeadFilter(limit: 1)).map(\.job) == ["b"])
            #expect(try await letters.list(DeadFilter(tool: "one", limit: 10)).map(\.job) == ["a"])
            #expect(try await letters.list(DeadFilter(reason: "something", limit: 10)).map(\.job) == ["b"])
            #expect(try await letters.list(DeadFilter(service: "svc", limit: 10)).count == 2)
            #expect(try await letters.list(DeadFilter(service: "other", limit: 10)).isEmpty)
            #expect(try await letters.list(DeadFilter(since: all[1].died / 1000, limit: 10)).count == 2)
            #expect(try await letters.list(DeadFilter(since: all[0].died / 1000 + 1, limit: 10)).isEmpty)
            let one = try #require(try await letters.letter(all[1].id))
            #expect(one.parameters == ByteBuffer(string: #"{"name":"one"}"#) && one.job == "a")
            #expect(try await letters.letter("1-1") == nil)
            #expect(try await letters.purge([all[1].id, "1-1"]) == 1)
            #expect(try await letters.list(DeadFilter(limit: 10)).map(\.job) == ["b"])
            await caller.close()
        }
    }

    @Test func `many letters are listed page by page`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let commands = (0..<1203).map { number in
                RedisCommand("XADD", fixture.keys.dead, "*", "id", "j\(number)", "name", "n", "reason", "{}", "params", "{}")
            }
            for case .failure(let error) in await fixture.client.pipeline(commands) { throw error }
            let found = try await letters(caller).list(DeadFilter(limit: .max))
            #expect(found.map(\.job) == (0..<1203).reversed().map { "j\($0)" })
            await caller.close()
        }
    }

    @Test func `a replay is a new job that names the old one, its letter is gone, its answer is kept`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let letters = letters(caller)
            var old = job(fixture, "old")
            old.record = "r"
            try await bury(old, fixture)
            let id = try #require(try await letters.list(DeadFilter(limit: 1)).first?.id)
            let job = try await letters.replay(id, timeout: 9000)
            let entries = try await fixture.entries(fixture.lane.key)
            #expect(entries.count == 1)
            var entry = try #require(entries.first)
            #expect(Int(entry.removeValue(forKey: "submitted") ?? "") ?? 0 > 5)
            #expect(
                entry == [
                    "id": job, "name": "echo", "inbox": "", "timeout": "9000", "again": "1", "key": "svc_echo", "record": job,
                    "replay": "old", "replays": "1", "params": #"{"name":"echo"}"#,
                ]
            )
            #expect(try await fixture.rawEntries(fixture.lane.key)[0].suffix(2).first == "params")
            #expect(try await letters.list(DeadFilter(limit: 1)).isEmpty)
            #expect(try await letters.answer(of: job)?.outcome == nil)
            #expect(try await letters.answer(of: job)?.service == "svc")

            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            await worker.started(1)
            try await eventually("its answer") { try await letters.answer(of: job)?.outcome != nil }
            let outcome = try await letters.answer(of: job)?.outcome
            #expect(outcome?.kind == .ok && outcome?.payload == ByteBuffer(string: #"{"name":"echo"}"#))
            #expect(try await letters.answer(of: "nobody") == nil)
            await worker.stop()
            await caller.close()
        }
    }

    @Test func `whoever waits for a replay gets its outcome, and one that dies again says so`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let letters = letters(caller)
            try await bury(job(fixture, "old"), fixture)
            let first = try #require(try await letters.list(DeadFilter(limit: 1)).first?.id)
            let again = try await letters.replay(first)
            // It dies once more.
            try await fixture.deliver(to: "w2")
            let raw = try await fixture.client.execute(RedisCommand("XRANGE", fixture.lane.key, "-", "+"))
            let delivery = try #require(raw.array?.first.flatMap { JobFields.delivery($0, lane: fixture.lane) })
            let outcome = Outcome(kind: .interrupted, payload: Reason("poison").payload, worker: "w2")
            #expect(try await fixture.settle([Settlement(delivery, .end(outcome, copyToDead: true))]) == [.ended(owner: nil)])
            let letter = try #require(try await letters.list(DeadFilter(limit: 1)).first)
            #expect(letter.job == again && letter.replay == "old" && letter.replays == 1)

            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            let (job, answer) = try await letters.replayAndWait(letter.id)
            #expect(answer.kind == .ok && answer.worker == "w" && job.inbox == caller.queue.caller)
            #expect(try await letters.answer(of: job.id)?.outcome?.kind == .ok)
            await worker.stop()
            await caller.close()
        }
    }

    @Test func `of replays at the same moment one submits, and one that is sent twice is one job`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let letters = letters(caller)
            try await bury(job(fixture, "old"), fixture)
            let id = try #require(try await letters.list(DeadFilter(limit: 1)).first?.id)
            let results = await withTaskGroup(of: QueueError.Code?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do throws(QueueError) {
                            _ = try await letters.replay(id)
                            return nil
                        } catch { return error.code }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == nil } == 1 && results.count { $0 == .noLetter } == 7)
            #expect(try await fixture.left().entries == 1)

            try await bury(job(fixture, "other", lane: .batch), fixture)
            let other = try #require(try await letters.list(DeadFilter(limit: 1)).first?.id)
            var twice = Job(id: "new", service: fixture.service, lane: .batch, name: "echo", parameters: ByteBuffer())
            twice.record = "new"
            twice.deadLetter = other
            let call = caller.queue.replayCall(twice)
            for _ in 0..<2 {
                let reply = try await fixture.client.evaluate(Scripts.deadReplay, keys: call.keys, arguments: call.arguments)
                #expect(RedisJobQueue.replayError(twice, reply) == nil)
            }
            #expect(try await fixture.left(twice.laneID).entries == 1)
            await caller.close()
        }
    }

    @Test func `what cannot be replayed stays, and the error says why`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let letters = letters(caller)
            let reply = try await fixture.execute("XADD", fixture.keys.dead, "*", "id", "x", "name", "n", "params", "{}")
            let ancient = try #require(reply.string)
            await #expect { try await letters.replay(ancient) } throws: { ($0 as? QueueError)?.message.contains("older") == true }
            await #expect { try await letters.replay("nonsense") } throws: { ($0 as? QueueError)?.code == .rejected }
            try await bury(job(fixture, "old"), fixture)
            let id = try #require(try await letters.list(DeadFilter(limit: 1)).first?.id)
            _ = try await fixture.registry.remove("svc")
            await #expect { try await letters.replay(id) } throws: { ($0 as? QueueError)?.message.contains("add it") == true }
            #expect(try await letters.list(DeadFilter(limit: 10)).map(\.id) == [id, ancient])
            await caller.close()
        }
    }

    @Test func `a replay whose task was cancelled before is not submitted`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            try await bury(job(fixture, "a"), fixture)
            let letter = try #require(try await letters(caller).list(DeadFilter(limit: 1)).first)
            var replay = caller.job(fixture.service)
            replay.record = replay.id
            replay.deadLetter = letter.id
            let (queue, job) = (caller.queue, replay)
            let code = await Task { () async -> QueueError.Code? in
                withUnsafeCurrentTask { $0?.cancel() }
                do throws(QueueError) {
                    _ = try await queue.replay(job)
                    return nil
                } catch {
                    return error.code
                }
            }.value
            #expect(code == .notAccepted)
            #expect(try await fixture.left().entries == 0)
            #expect(try await letters(caller).list(DeadFilter(limit: 10)).map(\.id) == [letter.id])
            await caller.close()
        }
    }
}
