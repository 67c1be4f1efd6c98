import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// Whoever may write to a space can break what lies there. It costs his own jobs, and nobody else's.
@Suite struct HostileWriterTests {
    private func job(_ fixture: Fixture, _ id: String, record: String = "") -> Job {
        Job(
            id: id,
            service: fixture.service,
            name: "echo",
            parameters: ByteBuffer(string: "{\"p\":1}"),
            inbox: "c",
            timeout: 600_000,
            submitted: 7,
            record: record
        )
    }

    private func add(_ job: Job, _ fixture: Fixture, worker: String = "w1") async throws -> Delivery {
        let delivery = Delivery(job: job, entry: try await fixture.add(job))
        try await fixture.deliver(to: worker)
        return delivery
    }

    private var end: Settlement.Action {
        .end(Outcome(kind: .ok, payload: ByteBuffer(string: "{}"), worker: "w1", waited: 1, ran: 2))
    }

    @Test func `an entry with ten thousand fields moves with those of a job, and takes nothing of its batch along`() async throws
    {
        try await withFixture { fixture in
            let first = try await add(job(fixture, "c-1"), fixture)
            var command = RedisCommand("XADD", argumentCapacity: 200_000)
            command.append(fixture.lane.key)
            command.append("*")
            for number in 0..<10_000 {
                command.append("field\(number)")
                command.append("x")
            }
            for text in ["id", "c-2", "name", "echo", "again", "1", "params", "{\"p\":2}"] { command.append(text) }
            let id = try #require(try await fixture.client.execute(command).string)
            try await fixture.deliver(to: "w1")
            let hostile = Delivery(job: job(fixture, "c-2"), entry: EntryID(id))
            let last = try await add(job(fixture, "c-3"), fixture)
            let results = try await fixture.settle([
                Settlement(first, end), Settlement(hostile, .move(reason: "test", attempt: 2, deaths: 1)), Settlement(last, end),
            ])
            #expect(results.first == .ended(owner: nil) && results.last == .ended(owner: nil))
            guard case .moved = results[1] else { return #expect(results.isEmpty) }
            #expect(try await fixture.stats()?.outcomes == [.ok: 2])
            let left = try await fixture.entries(fixture.lane.key)
            #expect(left.count == 1)
            let moved = left.first ?? [:]
            #expect(moved["id"] == "c-2" && moved["again"] == "1" && moved["params"] == "{\"p\":2}" && moved["attempt"] == "2")
            #expect(moved["field7"] == nil && moved["deaths"] == "1")
            #expect(try await fixture.left().pending == 0)
        }
    }

    @Test(arguments: ["1e300", "5.5", "soon", "9223372036854775807"])
    func `a record whose retention is no time ends like any other`(retention: String) async throws {
        try await withFixture { fixture in
            let first = try await add(job(fixture, "c-1", record: "r"), fixture)
            let second = try await add(job(fixture, "c-2"), fixture)
            _ = try await fixture.execute("HSET", fixture.keys.record("r"), "status", "running", "retention", retention)
            #expect(
                try await fixture.settle([Settlement(first, end), Settlement(second, end)]).allSatisfy {
                    $0 == .ended(owner: nil)
                }
            )
            #expect(try await fixture.stats()?.outcomes == [.ok: 2])
            #expect(try await fixture.left().entries == 0)
            #expect(try await fixture.hash(fixture.keys.record("r"))["outcome"] == "ok")
            #expect((1...3_600_000).contains(try await fixture.execute("PTTL", fixture.keys.record("r")).integer ?? 0))
        }
    }

    @Test func `a lane whose ids are used up keeps what cannot move for its caller to end, and the rest of the batch ends`()
        async throws
    {
        try await withFixture { fixture in
            let first = try await add(job(fixture, "c-1"), fixture)
            let second = try await add(job(fixture, "c-2"), fixture)
            let largest = "18446744073709551615-18446744073709551615"
            _ = try await fixture.execute("XADD", fixture.lane.key, largest, "id", "none")
            let move = Settlement.Action.move(reason: "test", attempt: 2, deaths: 1)
            #expect(
                try await fixture.settle([Settlement(first, move), Settlement(second, end)]) == [.notOurs, .ended(owner: nil)]
            )
            #expect(try await fixture.stats()?.outcomes == [.ok: 1])
            let late = Outcome(kind: .timedOut, payload: Reason("late").payload)
            #expect(try await fixture.settle([Settlement(first, .end(late), claims: true)]) == [.ended(owner: nil)])
            #expect(try await fixture.stats()?.outcomes == [.ok: 1, .timedOut: 1])
        }
    }

    @Test(arguments: ["5", "\"text\"", "{", "[\"id\",\"j\"]"])
    func `a delayed job that is no job is taken out, and those behind it come back`(packed: String) async throws {
        try await withFixture { fixture in
            let fine = "[\"id\",\"j2\",\"params\",\"{}\",\"stream\",\"\(fixture.lane.key)\"]"
            for (id, text) in [("j1", packed), ("j2", fine)] {
                _ = try await fixture.execute("ZADD", fixture.keys.delayed, "1", id)
                _ = try await fixture.execute("HSET", fixture.keys.delayedJobs, id, text)
            }
            let keys = [fixture.keys.delayed, fixture.keys.delayedJobs, fixture.lane.key]
            let moved = try await fixture.evaluate(Scripts.promote, keys, JobGroup.name, "j1", "j2")
            #expect(moved.array?[0].integer == 1)
            #expect(try await fixture.entries(fixture.lane.key).map { $0["id"] } == ["j2"])
            #expect(try await fixture.execute("EXISTS", fixture.keys.delayed, fixture.keys.delayedJobs).integer == 0)
        }
    }

    /// A caller reads and deletes the key of a large result: what an entry of its inbox names must be one.
    @Test func `an inbox entry that names a key of somebody else makes its caller neither read nor delete it`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            try await fixture.makeGroup()
            let other = fixture.keys.config("svc")
            let before = try await fixture.execute("GET", other).string
            let job = caller.job(fixture.service)
            let task = Task { await caller.call(job) }
            try await eventually("it is queued") { try await fixture.left().entries == 1 }
            let inbox = fixture.keys.inbox(caller.queue.caller)
            _ = try await fixture.execute("XADD", inbox, "*", "id", job.id, "outcome", "ok", "ref", other)
            let result = await task.value
            #expect(result.code == .unknown)
            guard case .failure(let error) = result else { return }
            #expect(error.message.contains("holds no results") && !error.message.contains(other))
            #expect(before != nil)
            #expect(try await fixture.execute("GET", other).string == before)
            await caller.close()
        }
    }

    /// Only nil says that there is no lane. `TOUCH`, under the name of `XADD`, answers with a number.
    @Test func `a submission that is answered with something odd is in doubt, and is not sent again`() async throws {
        var options = RedisServer.Options()
        options.arguments = ["--rename-command", "XADD", "XADD2", "--rename-command", "TOUCH", "XADD"]
        try await withRedisServer(options) { server in
            try await withFixture(server, socketTimeout: .milliseconds(500)) { fixture in
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                #expect(await caller.call(caller.job(fixture.service, timeout: 100)).code == .unknown)
                // The script that makes a lane anew and submits once more did not run.
                #expect(try await fixture.execute("EXISTS", fixture.lane.key).integer == 0)
                await caller.close()
            }
        }
    }
}
