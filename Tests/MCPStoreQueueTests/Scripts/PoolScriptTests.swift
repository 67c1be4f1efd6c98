import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct PoolScriptTests {
    private func register(_ fixture: Fixture, _ id: String, lease: Int = 60_000) async throws {
        let pool = fixture.pool
        _ = try await fixture.evaluate(
            Scripts.workerRegister,
            [pool.leases, pool.worker(id), pool.control(id), pool.ring(id), pool.events],
            id,
            String(lease),
            "1000",
            "host",
            "h",
            "slots",
            "4"
        )
    }

    private func renew(_ fixture: Fixture, _ id: String, lease: Int = 60_000) async throws -> Int? {
        try await fixture.evaluate(
            Scripts.workerRenew,
            [fixture.pool.leases, fixture.pool.worker(id)],
            id,
            String(lease),
            "running",
            "2"
        )
        .array?[0].integer
    }

    @Test func `a lease that is gone never returns`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            try await register(fixture, "w1")
            try await register(fixture, "w2", lease: -1)
            #expect(try await pool.workers().map(\.id) == ["w1", "w2"])
            #expect(try await renew(fixture, "w1") == 1)
            #expect(try await pool.workers().first?.running == 2)
            let (dead, next) = try await pool.expireWorkers()
            #expect(dead == ["w2"])
            #expect((next ?? 0) > 50_000)
            #expect(try await renew(fixture, "w2") == 0)
            // It stays to be recovered until that is done, also for the next leader.
            #expect(try await pool.expireWorkers().dead == ["w2"])
            #expect(try await pool.forget("w2"))
            #expect(try await pool.expireWorkers().dead == [])
            #expect(try await renew(fixture, "w2") == 0)
            #expect(
                try await fixture.execute(
                    "EXISTS",
                    fixture.pool.worker("w2"),
                    fixture.pool.control("w2"),
                    fixture.pool.ring("w2")
                ).integer == 0
            )
            // One that is alive is not forgotten, unless it says so itself.
            #expect(try await !pool.forget("w1"))
            #expect(try await renew(fixture, "w1") == 1)
            #expect(try await pool.forget("w1", evenIfAlive: true))
            let none = try await pool.expireWorkers()
            #expect(none.dead.isEmpty && none.nextExpiry == nil)
            let events = try await fixture.entries(fixture.pool.events).map { [$0["event"], $0["a"]] }
            #expect(events == [["joined", "w1"], ["joined", "w2"], ["left", "w2"], ["left", "w1"]])
        }
    }

    /// Stores of tenants write to the events too.
    @Test func `events that take no more entries keep no worker from entering its pool, or from leaving it`() async throws {
        try await withFixture { fixture in
            let (pool, last) = (RedisPool(fixture.pool, client: fixture.client), String(UInt64.max))
            _ = try await fixture.execute("XADD", fixture.pool.events, "\(last)-\(last)", "event", "last")
            await #expect(throws: RedisError.self) {
                try await fixture.execute("XADD", fixture.pool.events, "*", "event", "more")
            }
            try await register(fixture, "w1")
            #expect(try await renew(fixture, "w1") == 1)
            #expect(try await fixture.entries(fixture.pool.ring("w1")).map { $0["op"] } == ["open"])
            #expect(try await pool.end("w1"))
            #expect(try await pool.expired() == ["w1"])
            #expect(try await pool.forget("w1"))
            #expect(try await pool.expired() == [])
            #expect(try await fixture.execute("EXISTS", fixture.pool.worker("w1"), fixture.pool.ring("w1")).integer == 0)
        }
    }

    /// Who cannot renew a lease is taken for dead: a Redis without memory would interrupt all that runs.
    @Test func `without memory leases go on, the dead are taken away and what is in doubt is found, but nothing new is taken`()
        async throws
    {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let pool = RedisPool(fixture.pool, client: fixture.client)
                try await register(fixture, "w1")
                try await register(fixture, "w2", lease: -1)
                let job = Job(
                    id: "j",
                    service: fixture.service,
                    name: "t",
                    parameters: .init(string: "{}"),
                    inbox: "c",
                    submitted: 7
                )
                let entry = try await fixture.add(job)
                let inbox = fixture.keys.inbox("c")
                _ = try await fixture.evaluate(Scripts.inboxOpen, [inbox], "60000")
                _ = try await fixture.execute("CONFIG", "SET", "maxmemory", "1")

                #expect(try await renew(fixture, "w1") == 1)
                #expect(try await pool.expireWorkers().dead == ["w2"])
                #expect(try await pool.forget("w2"))
                #expect(try await pool.end("w1"))
                for _ in 0..<2 {
                    let lead = [fixture.pool.leader, fixture.pool.leaderToken]
                    #expect(try await fixture.evaluate(Scripts.leaderAcquire, lead, "c1", "9000").array?[0].integer == 1)
                }
                #expect(try await fixture.evaluate(Scripts.inboxOpen, [inbox], "60000").string == "1")
                let places = [fixture.lane.key, fixture.keys.delayed, inbox]
                #expect(try await fixture.evaluate(Scripts.find, places, "j", "0", "+", "10").string == "\(entry)")
                await #expect { try await fixture.add(job) } throws: { "\($0)".contains("OOM") }
            }
        }
    }

    @Test func `a worker whose process is gone is ended at once, exactly it and only once`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            try await register(fixture, "w1")
            try await register(fixture, "w2")
            #expect(try await pool.end("w1"))
            #expect(try await !pool.end("w1"))
            #expect(try await !pool.end("w3"))
            #expect(try await pool.expired() == ["w1"])
            #expect(try await pool.workers().map(\.id) == ["w2"])
            #expect(try await renew(fixture, "w1") == 0)
            let events = try await fixture.entries(fixture.pool.events).map { [$0["event"], $0["a"]] }
            #expect(events == [["joined", "w1"], ["joined", "w2"], ["left", "w1"]])
        }
    }

    @Test func `a pool is deleted when nobody works, leads, or is to be recovered`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            try await register(fixture, "w1")
            #expect(try await !pool.deleteIfEmpty())
            #expect(try await pool.end("w1"))
            #expect(try await !pool.deleteIfEmpty())
            #expect(try await pool.forget("w1"))
            _ = try await pool.lead(as: "c", lease: .seconds(60))
            #expect(try await !pool.deleteIfEmpty())
            try await pool.resign("c")
            #expect(try await fixture.entries(fixture.pool.events).count == 3)
            #expect(try await pool.deleteIfEmpty())
            let left = try await fixture.client.execute(RedisCommand("KEYS", "\(fixture.pool):*")).array?.count
            #expect(left == 0)
        }
    }

    @Test func `one leads, its token grows with every change, and an older leader places nothing`() async throws {
        try await withFixture { fixture in
            let pool = RedisPool(fixture.pool, client: fixture.client)
            let lease = Duration.seconds(60)
            let first = try await pool.lead(as: "c:1", lease: lease)
            // It begins at the time in milliseconds: also where the counter was deleted, no token comes twice.
            let token = first.0.token
            #expect(first.0 == Leadership(leader: "c:1", token: token, isMine: true) && first.serverTime > 1_000_000_000_000_000)
            #expect(abs(token - first.serverTime / 1000) <= 1)
            #expect(try await pool.lead(as: "c:2", lease: lease).0 == Leadership(leader: "c:1", token: token, isMine: false))
            #expect(try await pool.lead(as: "c:1", lease: lease).0.token == token)
            #expect(try await pool.leader() == "c:1")
            try await register(fixture, "w1")
            try await register(fixture, "w2")
            #expect(
                try await pool.place(fixture.service, on: ["w1", "w2"], gained: ["w1", "w2"], lost: [], leadership: first.0)
            )
            #expect(try await pool.placement() == [fixture.service: ["w1", "w2"]])
            #expect(try await pool.services(of: "w2") == [fixture.service])
            // Who does not lead cannot resign for another.
            try await pool.resign("c:2")
            #expect(try await pool.leader() == "c:1")
            try await pool.resign("c:1")
            #expect(try await pool.leader() == nil)
            let second = try await pool.lead(as: "c:2", lease: lease).0
            #expect(second == Leadership(leader: "c:2", token: token + 1, isMine: true))
            #expect(try await !pool.place(fixture.service, on: [], gained: [], lost: ["w1"], leadership: first.0))
            #expect(try await pool.placement() == [fixture.service: ["w1", "w2"]])
            #expect(try await pool.place(fixture.service, on: ["w2"], gained: [], lost: ["w1"], leadership: second))
            #expect(try await pool.services(of: "w1") == [])
            // A leader that comes back under its name has a new token.
            try await pool.resign("c:2")
            let third = try await pool.lead(as: "c:2", lease: lease).0
            #expect(third.token == token + 2)
            #expect(try await !pool.place(fixture.service, on: [], gained: [], lost: [], leadership: second))
            #expect(try await pool.place(fixture.service, on: [], gained: [], lost: ["w2"], leadership: third))
            #expect(try await pool.placement() == [:])
            let orders = try await fixture.entries(fixture.pool.control("w1")).map { $0["op"] }
            #expect(orders == ["open", "place", "unplace"])
            // Orders to a worker that is gone leave nothing of it.
            #expect(try await pool.place(fixture.service, on: ["w9"], gained: ["w9"], lost: [], leadership: third))
            #expect(try await fixture.execute("EXISTS", fixture.pool.control("w9"), fixture.pool.services("w9")).integer == 0)
        }
    }

    @Test func `a consumer is deleted only where it has nothing pending`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let job = Job(id: "j", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"))
            let entry = try await fixture.add(job)
            try await fixture.deliver(to: "w1")
            #expect(try await fixture.evaluate(Scripts.consumerDelete, [fixture.lane.key], JobGroup.name, "w1").integer == 0)
            try await recovery.deleteConsumer("w1", in: fixture.lane)
            #expect(try await recovery.pending(of: "w1", in: fixture.lane).map(\.entry) == [entry])
            _ = try await fixture.settle([
                Settlement(Delivery(job: job, entry: entry), .end(Outcome(kind: .ok, payload: ByteBuffer())))
            ])
            try await recovery.deleteConsumer("w1", in: fixture.lane)
            let consumers = try await fixture.execute("XINFO", "CONSUMERS", fixture.lane.key, JobGroup.name).array?.count
            #expect(consumers == 0)
            #expect(
                try await fixture.evaluate(Scripts.consumerDelete, ["\(fixture.space):none"], JobGroup.name, "w1").integer == 0
            )
        }
    }

    @Test func `an inbox is opened once and renewed`() async throws {
        try await withFixture { fixture in
            let key = fixture.keys.inbox("c")
            let first = try await fixture.evaluate(Scripts.inboxOpen, [key], "5000")
            #expect(first.string == "0")
            #expect(try await fixture.evaluate(Scripts.inboxOpen, [key], "90000").string == "1")
            #expect(try await fixture.execute("PTTL", key).integer ?? 0 > 80_000)
            #expect(try await fixture.entries(key).map { $0["outcome"] } == ["open"])
        }
    }

    @Test func `a job is found wherever it is, page by page, and only then said to be absent`() async throws {
        try await withFixture { fixture in
            let keys = [fixture.lane.key, fixture.keys.delayed, fixture.keys.inbox("c")]
            let job = { (number: Int) in
                Job(id: "j\(number)", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"))
            }
            let find = { (id: String, from: String) in try await fixture.evaluate(Scripts.find, keys, id, from, "+", "4").string }
            // Without an inbox nothing is written, and the lane is not made.
            #expect(try await find("j1", "0") == nil)
            #expect(try await fixture.execute("EXISTS", keys[0], keys[2]).integer == 0)
            _ = try await fixture.evaluate(Scripts.inboxOpen, [keys[2]], "60000")
            var ids: [EntryID] = []
            for number in 0..<10 { ids.append(try await fixture.add(job(number))) }
            #expect(try await find("j2", "0") == ids[2].description)
            var place = try await find("j9", "0")
            #expect(place == "(\(ids[3])")
            place = try await find("j9", place ?? "")
            #expect(place == "(\(ids[7])")
            #expect(try await find("j9", place ?? "") == ids[9].description)
            #expect(try await fixture.entries(keys[2]).count == 1)
            #expect(try await find("nobody", place ?? "") == nil)
            #expect(try await fixture.entries(keys[2]).map { $0["outcome"] } == ["open", "absent"])
            _ = try await fixture.execute("ZADD", keys[1], "5", "late")
            #expect(try await find("late", place ?? "") == "delayed")
            #expect(try await fixture.entries(keys[2]).count == 2)
        }
    }

    @Test func `promotion leaves a job where its lane is a key of somebody else`() async throws {
        try await withFixture { fixture in
            let job = Job(id: "j", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"))
            let entry = try await fixture.add(job)
            try await fixture.deliver(to: "w1")
            _ = try await fixture.settle([
                Settlement(Delivery(job: job, entry: entry), .delay(reason: "", attempt: 1, deaths: 0, due: 1))
            ])
            _ = try await fixture.execute("DEL", fixture.lane.key)
            _ = try await fixture.execute("SET", fixture.lane.key, "x")
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let next = try #require(try await recovery.promote(fixture.space))
            #expect(next > 1_000_000)
            #expect(try await fixture.execute("HLEN", fixture.keys.delayedJobs).integer == 1)
            // A lane that is gone is made anew.
            _ = try await fixture.execute("DEL", fixture.lane.key)
            _ = try await fixture.execute("ZADD", fixture.keys.delayed, "1", "j")
            #expect(try await recovery.promote(fixture.space) == nil)
            #expect(try await fixture.left().entries == 1)
        }
    }

    @Test func `lanes tell how full they are`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let empty = LaneDepth(lane: fixture.lane, length: 0, running: 0, oldestWait: nil)
            #expect(try await recovery.depths([fixture.lane]) == [empty])
            for number in 0..<3 {
                _ = try await fixture.add(
                    Job(id: "j\(number)", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"))
                )
            }
            try await fixture.deliver(to: "w1")
            let depth = try #require(try await recovery.depths([fixture.lane]).first)
            #expect(depth.length == 3 && depth.running == 1 && depth.queued == 2 && depth.oldestWait != nil)
        }
    }
}
