import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct SettleTests {
    private func job(
        _ fixture: Fixture,
        _ id: String,
        inbox: String = "c",
        again: Bool = false,
        name: String = "echo",
        record: String = ""
    ) -> Job {
        Job(
            id: id,
            service: fixture.service,
            name: name,
            parameters: ByteBuffer(string: "{\"p\":1}"),
            inbox: inbox,
            timeout: 1000,
            submitted: 7,
            mayRunAgain: again,
            record: record
        )
    }

    private func end(
        _ kind: OutcomeKind = .ok,
        _ payload: String = "{}",
        worker: String = "w1",
        waited: Int? = 3,
        ran: Int? = 4,
        attempt: Int = 1
    )
        -> Settlement.Action
    {
        .end(
            Outcome(
                kind: kind,
                payload: ByteBuffer(string: payload),
                worker: worker,
                attempt: attempt,
                waited: waited,
                ran: ran,
                finished: 99
            )
        )
    }

    private func openInbox(_ fixture: Fixture, _ name: String = "c") async throws {
        _ = try await fixture.evaluate(Scripts.inboxOpen, [fixture.keys.inbox(name)], "60000")
    }

    /// What the inbox got after it was opened.
    private func inbox(_ fixture: Fixture, _ name: String = "c") async throws -> [[String: String]] {
        Array(try await fixture.entries(fixture.keys.inbox(name)).dropFirst())
    }

    @Test func `an end writes outcome, stats and record, deletes the entry, and does it once`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let job = job(fixture, "j1", record: "r1")
            let delivery = Delivery(job: job, entry: try await fixture.add(job))
            try await fixture.deliver(to: "w1")
            let settlement = Settlement(delivery, end(.toolError, "{\"x\":2}"))
            for round in 0..<3 {
                #expect(try await fixture.settle([settlement]) == [round == 0 ? .ended(owner: nil) : .notOurs])
                let inbox = try await inbox(fixture)
                #expect(
                    inbox == [
                        [
                            "id": "j1", "outcome": "toolError", "payload": "{\"x\":2}", "ref": "", "worker": "w1", "attempt": "1",
                            "waited": "3",
                            "ran": "4", "at": "99",
                        ]
                    ]
                )
                #expect(
                    try await fixture.hash(fixture.keys.stats(toolKey: "echo"))
                        == [
                            "toolError": "1", "waiting_us": "3", "running_us": "4", "w7": "0", "r7": "1", "first_call": "99",
                            "last_call": "99",
                        ]
                        .merging([
                            "w\(LatencyBuckets.bucket(microseconds: 3))": "1", "r\(LatencyBuckets.bucket(microseconds: 4))": "1",
                        ]) { $1 }
                        .filter { $0.value != "0" }
                )
                let record = try await fixture.hash(fixture.keys.record("r1"))
                #expect(record["outcome"] == "toolError" && record["payload"] == "{\"x\":2}" && record["status"] == "ended")
                let left = try await fixture.left()
                #expect(left.entries == 0 && left.pending == 0)
            }
            #expect(try await fixture.execute("PTTL", fixture.keys.record("r1")).integer ?? 0 > 3_000_000)
        }
    }

    @Test func `an undelivered entry ends only where it is claimed, and says waiting; a running one says who ran it`()
        async throws
    {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let first = job(fixture, "j1")
            let delivery = Delivery(job: first, entry: try await fixture.add(first))
            #expect(try await fixture.settle([Settlement(delivery, end())]) == [.notOurs])
            let reason = Reason("late")
            let late = Outcome(kind: .timedOut, payload: reason.payload)
            #expect(try await fixture.settle([Settlement(delivery, .end(late), claims: true)]) == [.ended(owner: nil)])
            let second = job(fixture, "j2")
            let other = Delivery(job: second, entry: try await fixture.add(second))
            try await fixture.deliver(to: "w7")
            #expect(try await fixture.settle([Settlement(other, .end(late), claims: true)]) == [.ended(owner: "w7")])
            let reasons = try await inbox(fixture).map { Reason(payload: ByteBuffer(string: $0["payload"] ?? "")).phase }
            #expect(reasons == ["waiting", "running"])
            #expect(try await inbox(fixture).map { $0["worker"] } == ["", "w7"])
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 2])
            // Those who come later find nothing, and read nothing: the group goes on behind them.
            #expect(try await fixture.left().entries == 0)
        }
    }

    @Test func `an entry that a batch claims twice ends once`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let job = job(fixture, "j1")
            let delivery = Delivery(job: job, entry: try await fixture.add(job))
            let settlement = Settlement(delivery, end(.timedOut, worker: "", waited: nil, ran: nil), claims: true)
            #expect(try await fixture.settle([settlement, settlement]) == [.ended(owner: nil), .notOurs])
            #expect(try await inbox(fixture).count == 1)
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 1])
        }
    }

    @Test func `a claim works where the group is gone, and not where the entry is`() async throws {
        try await withFixture { fixture in
            let job = job(fixture, "j1")
            let delivery = Delivery(job: job, entry: try await fixture.add(job))
            _ = try await fixture.execute("XGROUP", "DESTROY", fixture.lane.key, JobGroup.name)
            // Whether somebody had it the group would have known.
            #expect(try await fixture.settle([Settlement(delivery, end(), claims: true)]) == [.ended(owner: "")])
            #expect(try await fixture.settle([Settlement(delivery, end(), claims: true)]) == [.notOurs])
            #expect(try await fixture.stats()?.calls == 1)
            _ = try await fixture.execute("DEL", fixture.lane.key)
            #expect(try await fixture.settle([Settlement(delivery, end(), claims: true)]) == [.notOurs])
            #expect(try await fixture.execute("EXISTS", fixture.lane.key).integer == 0)
        }
    }

    @Test func `a move keeps what the job has and counts what it is told`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let job = job(fixture, "j1", again: true)
            let entry = try await fixture.add(job)
            try await fixture.deliver(to: "w1")
            let before = try #require(try await fixture.entries(fixture.lane.key).first)
            let settlement = Settlement(Delivery(job: job, entry: entry), .move(reason: "w1 died", attempt: 2, deaths: 1))
            let result = try await fixture.settle([settlement])
            guard case .moved(let new) = result[0] else { return #expect(result == [.moved(entry)]) }
            #expect(new != entry)
            #expect(try await fixture.settle([settlement]) == [.notOurs])
            var expected = before
            expected["attempt"] = "2"
            expected["deaths"] = "1"
            expected["since"] = String(entry.milliseconds)
            #expect(try await fixture.entries(fixture.lane.key) == [expected])
            #expect(
                try await inbox(fixture).map { [$0["outcome"], $0["ref"], $0["payload"]] } == [
                    ["moved", new.description, "w1 died"]
                ]
            )
            #expect(try await fixture.stats()?.calls ?? 0 == 0)
            // Moved again, the time of the first entry stays.
            try await fixture.deliver(to: "w2")
            _ = try await fixture.settle([
                Settlement(Delivery(job: job, entry: new), .move(reason: "w2 died", attempt: 3, deaths: 2))
            ])
            #expect(try await fixture.entries(fixture.lane.key).first?["since"] == String(entry.milliseconds))
            #expect(try await fixture.left().pending == 0)
        }
    }

    @Test func `a delayed job comes back when it is due, once, with all it had`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let job = job(fixture, "j1")
            let entry = try await fixture.add(job)
            try await fixture.deliver(to: "w1")
            let before = try #require(try await fixture.entries(fixture.lane.key).first)
            let settlement = Settlement(Delivery(job: job, entry: entry), .delay(reason: "later", attempt: 2, deaths: 0, due: 5))
            #expect(try await fixture.settle([settlement]) == [.delayed])
            #expect(try await fixture.settle([settlement]) == [.notOurs])
            #expect(try await fixture.left().entries == 0)
            #expect(try await inbox(fixture).map { $0["ref"] } == ["delayed"])
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            #expect(try await recovery.promote(fixture.space) == nil)
            #expect(try await recovery.promote(fixture.space) == nil)
            var expected = before
            expected["attempt"] = "2"
            expected["since"] = String(entry.milliseconds)
            #expect(try await fixture.entries(fixture.lane.key) == [expected])
            #expect(try await fixture.execute("EXISTS", fixture.keys.delayed, fixture.keys.delayedJobs).integer == 0)
        }
    }

    @Test func `what is settled only while it waits goes on where a worker has it`() async throws {
        try await withFixture { fixture in
            let (waits, runs) = (job(fixture, "waits"), job(fixture, "runs"))
            let running = Delivery(job: runs, entry: try await fixture.add(runs))
            try await fixture.deliver(to: "w1")
            let waiting = Delivery(job: waits, entry: try await fixture.add(waits))
            let settlements = [running, waiting].map { delivery in
                var settlement = Settlement(
                    delivery,
                    .end(Outcome(kind: .timedOut, payload: Reason("late").payload)),
                    claims: true
                )
                settlement.onlyWaiting = true
                return settlement
            }
            #expect(try await fixture.settle(settlements) == [.running, .ended(owner: nil)])
            #expect(try await fixture.settle(settlements) == [.running, .notOurs])
            #expect(try await fixture.entries(fixture.lane.key).map { $0["id"] } == ["runs"])
            #expect(try await fixture.left().pending == 1)
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 1])
        }
    }

    @Test func `a dead letter is the job with entry and reason`() async throws {
        try await withFixture { fixture in
            let job = job(fixture, "j1")
            let entry = try await fixture.add(job)
            try await fixture.deliver(to: "w1")
            let outcome = Outcome(kind: .interrupted, payload: ByteBuffer(string: "{\"why\":1}"))
            let settlement = Settlement(Delivery(job: job, entry: entry), .end(outcome, copyToDead: true))
            #expect(try await fixture.settle([settlement, settlement]) == [.ended(owner: nil), .notOurs])
            let dead = try await fixture.entries(fixture.keys.dead)
            #expect(dead.count == 1)
            #expect(dead[0]["id"] == "j1" && dead[0]["params"] == "{\"p\":1}" && dead[0]["entry"] == entry.description)
            #expect(dead[0]["reason"] == "{\"why\":1}" && dead[0]["stream"] == fixture.lane.key)
        }
    }

    @Test func `an inbox that is gone is not made anew, and a large result does not stay`() async throws {
        try await withFixture { fixture in
            for size in [10, 100_000] {
                let job = job(fixture, "j\(size)")
                let delivery = Delivery(job: job, entry: try await fixture.add(job))
                try await fixture.deliver(to: "w1")
                #expect(
                    try await fixture.settle([Settlement(delivery, end(.ok, String(repeating: "x", count: size)))]) == [
                        .ended(owner: nil)
                    ]
                )
                #expect(try await fixture.execute("EXISTS", fixture.keys.inbox("c"), fixture.keys.result(job.id)).integer == 0)
            }
            #expect(try await fixture.stats()?.outcomes == [.ok: 2])
        }
    }

    @Test func `keys of wrong types take nothing and stop nothing`() async throws {
        try await withFixture { fixture in
            let keys = fixture.keys
            for key in [
                keys.inbox("c"), keys.stats(toolKey: "echo"), keys.record("r"), keys.dead, keys.delayed, keys.delayedJobs,
            ] {
                _ = try await fixture.execute("SET", key, "x")
            }
            var deliveries: [Delivery] = []
            for number in 0..<4 {
                let job = job(fixture, "j\(number)", name: number == 3 ? "fine" : "echo", record: "r")
                deliveries.append(Delivery(job: job, entry: try await fixture.add(job)))
                try await fixture.deliver(to: "w1")
            }
            let dead = Outcome(kind: .interrupted, payload: ByteBuffer(string: "{}"))
            let results = try await fixture.settle([
                Settlement(deliveries[0], end()), Settlement(deliveries[1], .end(dead, copyToDead: true)),
                Settlement(deliveries[2], .delay(reason: "", attempt: 2, deaths: 0, due: 9)), Settlement(deliveries[3], end()),
            ])
            #expect(results[0] == .ended(owner: nil) && results[1] == .ended(owner: nil) && results[3] == .ended(owner: nil))
            // What cannot be delayed is not lost: it is back in its lane.
            let left = try await fixture.entries(fixture.lane.key)
            #expect(left.map { $0["id"] } == ["j2"] && left.first?["attempt"] == "2")
            #expect(try await fixture.stats("fine")?.outcomes == [.ok: 1])
            for key in [
                keys.inbox("c"), keys.stats(toolKey: "echo"), keys.record("r"), keys.dead, keys.delayed, keys.delayedJobs,
            ] {
                #expect(try await fixture.execute("GET", key).string == "x")
            }
            // A lane of a wrong type holds nothing of ours; a malformed id is nobody's.
            _ = try await fixture.execute("SET", LaneID(service: fixture.service, lane: .batch).key, "x")
            var batch = deliveries[0]
            batch.job.lane = .batch
            var malformed = deliveries[0]
            malformed.entry = EntryID("nonsense")
            for claims in [false, true] {
                #expect(
                    try await fixture.settle([
                        Settlement(batch, end(), claims: claims), Settlement(malformed, end(), claims: claims),
                    ])
                        == [.notOurs, .notOurs]
                )
            }
        }
    }

    @Test func `stats with a field that is no number lose that field only`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.execute("HSET", fixture.keys.stats(toolKey: "echo"), "ok", "many")
            let first = job(fixture, "j1")
            let second = job(fixture, "j2", name: "fine")
            let deliveries = [
                Delivery(job: first, entry: try await fixture.add(first)),
                Delivery(job: second, entry: try await fixture.add(second)),
            ]
            for _ in deliveries { try await fixture.deliver(to: "w1") }
            #expect(try await fixture.settle(deliveries.map { Settlement($0, end()) }).allSatisfy { $0 == .ended(owner: nil) })
            #expect(try await fixture.stats("fine")?.outcomes == [.ok: 1])
            #expect(try await fixture.hash(fixture.keys.stats(toolKey: "echo"))["running_us"] == "4")
        }
    }

    @Test func `a batch over lanes, tools and outcomes is added up exactly, and a replay adds nothing`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            var random = SeededGenerator(seed: 11)
            var settlements: [Settlement] = []
            var expected: [String: ToolStats] = [:]
            for number in 0..<128 {
                var job = job(fixture, "j\(number)", name: ["a", "b:c", "d"].randomElement(using: &random) ?? "a")
                job.lane = Bool.random(using: &random) ? .batch : .interactive
                if Int.random(in: 0..<10, using: &random) == 0 { job.method = "resources/read" }
                let entry = try await fixture.add(job)
                try await fixture.deliver(to: "w1", job.laneID)
                let kind = OutcomeKind.all.randomElement(using: &random) ?? .ok
                let attempt = Int.random(in: 1...3, using: &random)
                let waited = Bool.random(using: &random) ? Int.random(in: 0...10_000_000, using: &random) : nil
                let ran = waited.map { _ in Int.random(in: 0...10_000_000, using: &random) }
                settlements.append(
                    Settlement(Delivery(job: job, entry: entry), end(kind, waited: waited, ran: ran, attempt: attempt))
                )
                var stats = expected[job.statsKey] ?? ToolStats()
                stats.outcomes[kind, default: 0] += 1
                stats.retries += attempt - 1
                stats.waiting += waited ?? 0
                stats.running += ran ?? 0
                if let waited { stats.waitingBuckets[LatencyBuckets.bucket(microseconds: waited), default: 0] += 1 }
                if let ran { stats.runningBuckets[LatencyBuckets.bucket(microseconds: ran), default: 0] += 1 }
                (stats.firstCall, stats.lastCall) = (99, 99)
                expected[job.statsKey] = stats
            }
            for round in 0..<2 {
                let results = try await fixture.settle(settlements)
                #expect(results.allSatisfy { $0 == (round == 0 ? .ended(owner: nil) : .notOurs) })
                for (key, stats) in expected { #expect(ToolStats(try await fixture.execute("HGETALL", key)) == stats) }
                #expect(try await inbox(fixture).count == 128)
            }
        }
    }

    // MARK: Races

    private enum Party: CaseIterable {
        case worker, caller, sweeper, secondSweeper, zombie, delayer
    }

    /// All orders in which those who may want to settle one entry can come.
    private static let orders: [[Party]] = {
        func permutations(_ rest: [Party]) -> [[Party]] {
            rest.isEmpty
                ? [[]]
                : rest.indices.flatMap { index in
                    var others = rest
                    let first = others.remove(at: index)
                    return permutations(others).map { [first] + $0 }
                }
        }
        return permutations(Party.allCases)
    }()

    private func settlement(_ party: Party, _ delivery: Delivery) -> Settlement {
        switch party {
        case .worker: Settlement(delivery, end(.ok))
        case .zombie: Settlement(delivery, end(.toolError, worker: "zombie"))
        case .caller: Settlement(delivery, .end(Outcome(kind: .timedOut, payload: Reason("late").payload)), claims: true)
        case .sweeper: Settlement(delivery, .move(reason: "dead", attempt: 2, deaths: 1))
        case .secondSweeper:
            Settlement(delivery, .end(Outcome(kind: .interrupted, payload: Reason("dead").payload), copyToDead: true))
        case .delayer: Settlement(delivery, .delay(reason: "later", attempt: 2, deaths: 0, due: 1 << 50))
        }
    }

    @Test(arguments: [true, false])
    func `of all who settle one entry, in any order, exactly one does`(isDelivered: Bool) async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let keys = fixture.keys
            for order in Self.orders {
                let job = job(fixture, "j1")
                let delivery = Delivery(job: job, entry: try await fixture.add(job))
                if isDelivered { try await fixture.deliver(to: "w1") }
                // One after another, and then all of it once more, as a replay.
                var results: [Settlement.Result] = []
                for party in order + order { results += try await fixture.settle([settlement(party, delivery)]) }
                let winners = results.indices.filter { results[$0] != .notOurs }
                #expect(winners.count == 1)
                let winner = try #require(winners.first.map { order[$0 % order.count] })
                #expect(winner == (isDelivered ? order[0] : .caller))
                let ended = try await fixture.stats()?.calls ?? 0
                let lane = try await fixture.left().entries
                let delayed = try await fixture.execute("ZCARD", keys.delayed).integer ?? 0
                #expect(ended + lane + delayed == 1)
                #expect(try await fixture.left().pending == 0)
                #expect(try await inbox(fixture).count == 1)
                #expect(try await fixture.execute("XLEN", keys.dead).integer == (winner == .secondSweeper ? 1 : 0))
                _ = try await fixture.execute(
                    "DEL",
                    keys.stats(toolKey: "echo"),
                    fixture.lane.key,
                    keys.delayed,
                    keys.delayedJobs,
                    keys.dead
                )
                _ = try await fixture.execute("DEL", keys.inbox("c"))
                try await openInbox(fixture)
            }
        }
    }

    @Test func `of those who settle a delayed job, exactly one does`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let keys = fixture.keys
            for callerFirst in [true, false] {
                let job = job(fixture, "j\(callerFirst)", again: true)
                let entry = try await fixture.add(job)
                try await fixture.deliver(to: "w1")
                _ = try await fixture.settle([
                    Settlement(Delivery(job: job, entry: entry), .delay(reason: "", attempt: 2, deaths: 0, due: 1))
                ])
                let endIt = {
                    try await fixture.evaluate(
                        Scripts.settleDelayed,
                        [keys.delayed, keys.delayedJobs, keys.inbox("c"), keys.stats(toolKey: "echo")],
                        job.id,
                        "cancelled",
                        "{}",
                        "1",
                        "77"
                    ).integer
                }
                let promote = {
                    try await fixture.evaluate(
                        Scripts.promote,
                        [keys.delayed, keys.delayedJobs, fixture.lane.key],
                        JobGroup.name,
                        job.id
                    )
                    .array?[0].integer
                }
                if callerFirst {
                    #expect(try await endIt() == 1)
                    #expect(try await endIt() == 0)
                    #expect(try await promote() == 0)
                    let stats = try await fixture.stats()
                    #expect(stats?.outcomes == [.cancelled: 1] && stats?.retries == 1)
                    #expect(try await fixture.left().entries == 0)
                    #expect(try await inbox(fixture).last?["outcome"] == "cancelled")
                } else {
                    #expect(try await promote() == 1)
                    #expect(try await promote() == 0)
                    #expect(try await endIt() == 0)
                    #expect(try await fixture.left().entries == 1)
                    #expect(try await fixture.stats()?.outcomes == [.cancelled: 1])
                }
            }
        }
    }
}
