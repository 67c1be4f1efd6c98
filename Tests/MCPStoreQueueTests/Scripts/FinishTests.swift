import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct FinishTests {
    private func job(
        _ fixture: Fixture,
        _ id: String,
        inbox: String = "c",
        name: String = "echo",
        service: String = "svc",
        lane: Lane = .interactive,
        method: String = "tools/call",
        submitted: Int = 1000
    ) -> Job {
        Job(
            id: id,
            service: ServiceID(space: fixture.space, name: service),
            lane: lane,
            method: method,
            name: name,
            parameters: ByteBuffer(string: "{\"p\":1}"),
            inbox: inbox,
            submitted: submitted
        )
    }

    private func outcome(_ job: Job, _ kind: OutcomeKind = .ok, _ payload: String = "{}", waited: Int = 5, ran: Int = 7)
        -> Outcome
    {
        Outcome(
            kind: kind,
            payload: ByteBuffer(string: payload),
            worker: "w1",
            waited: waited,
            ran: ran,
            finished: job.submitted + waited + ran
        )
    }

    private func plain(_ delivery: Delivery, _ kind: OutcomeKind = .ok, _ payload: String = "{}", waited: Int = 5, ran: Int = 7)
        -> Settlement
    {
        Settlement(delivery, .end(outcome(delivery.job, kind, payload, waited: waited, ran: ran)))
    }

    /// The same end, in the hands of a caller whose time is over.
    private func late(_ delivery: Delivery) -> Settlement {
        Settlement(
            delivery,
            .end(Outcome(kind: .timedOut, payload: Reason("late").payload, finished: delivery.job.submitted + 90)),
            claims: true
        )
    }

    /// Adds jobs to their lanes and delivers them.
    private func deliver(_ fixture: Fixture, _ jobs: [Job]) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        for job in jobs {
            deliveries.append(Delivery(job: job, entry: try await fixture.add(job)))
            try await fixture.deliver(to: "w1", job.laneID)
        }
        return deliveries
    }

    private func openInbox(_ fixture: Fixture, _ name: String = "c") async throws {
        _ = try await fixture.evaluate(Scripts.inboxOpen, [fixture.keys.inbox(name)], "60000")
    }

    /// What the inbox got after it was opened.
    private func inbox(_ fixture: Fixture, _ name: String = "c") async throws -> [[String]] {
        Array(try await fixture.rawEntries(fixture.keys.inbox(name)).dropFirst())
    }

    /// The jobs that the inbox was told of, as often as it was.
    private func told(_ fixture: Fixture, _ name: String = "c") async throws -> [String] {
        try await inbox(fixture, name).flatMap { fields in
            fields.first == "id" ? [fields[1]] : stride(from: 2, to: fields.count, by: 2).map { fields[$0] }
        }
    }

    private func ended(_ flags: [Bool]) -> [Settlement.Result] {
        flags.map { $0 ? .ended(owner: nil) : .notOurs }
    }

    /// Durations of all sizes, the ends of buckets among them.
    private func duration(_ random: inout SeededGenerator) -> Int {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Int.random(in: 0...5, using: &random)
        case 1: return Int.random(in: 0...10_000, using: &random)
        case 2: return (1 << Int.random(in: 2...40, using: &random)) + Int.random(in: -1...2, using: &random)
        default: return Int.random(in: 0...1 << 42, using: &random)
        }
    }

    // MARK: One batch

    @Test func `a batch for one inbox makes one entry, deletes what it ended, and does it once`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let deliveries = try await deliver(fixture, ["j1", "j2", "j3"].map { job(fixture, $0) })
            let batch = [
                plain(deliveries[0]), plain(deliveries[1], .toolError, "{\"x\": 2}", waited: 0, ran: 1),
                plain(deliveries[2], .ok, "", waited: 5, ran: 70),
            ]
            #expect(batch.allSatisfy { $0.isPlain })
            for round in 0..<3 {
                #expect(try await fixture.finish(batch) == ended([Bool](repeating: round == 0, count: 3)))
                #expect(
                    try await inbox(fixture) == [
                        ["worker", "w1", "j1", "ok 5 7 {}", "j2", "toolError 0 1 {\"x\": 2}", "j3", "ok 5 70 "]
                    ]
                )
                #expect(
                    try await fixture.hash(fixture.keys.stats(toolKey: "echo")) == [
                        "ok": "2", "toolError": "1", "waiting_us": "10", "running_us": "78", "w0": "1",
                        "w\(LatencyBuckets.bucket(microseconds: 5))": "2", "r0": "1",
                        "r\(LatencyBuckets.bucket(microseconds: 7))": "1", "r\(LatencyBuckets.bucket(microseconds: 70))": "1",
                        "first_call": "1001", "last_call": "1075",
                    ]
                )
                let left = try await fixture.left()
                #expect(left.entries == 0 && left.pending == 0)
            }
        }
    }

    @Test func `the same entry twice in a batch ends once`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let deliveries = try await deliver(fixture, ["j1", "j2"].map { job(fixture, $0) })
            let (first, second) = (plain(deliveries[0]), plain(deliveries[1]))
            #expect(try await fixture.finish([first, first, second, first]) == ended([true, false, true, false]))
            #expect(try await inbox(fixture) == [["worker", "w1", "j1", "ok 5 7 {}", "j2", "ok 5 7 {}"]])
            #expect(try await fixture.stats()?.outcomes == [.ok: 2])
            #expect(try await fixture.stats()?.waiting == 10)
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `what was never delivered, or lies in a lane that is gone or of a wrong type, is not ours`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let waiting = job(fixture, "j1")
            let undelivered = Delivery(job: waiting, entry: try await fixture.add(waiting))
            #expect(try await fixture.finish([plain(undelivered)]) == [.notOurs])
            #expect(try await fixture.left().entries == 1)
            _ = try await fixture.execute("SET", LaneID(service: fixture.service, lane: .batch).key, "x")
            let strange = Delivery(job: job(fixture, "j2", lane: .batch), entry: EntryID("5-1"))
            let gone = Delivery(job: job(fixture, "j3", service: "nobody"), entry: EntryID("5-1"))
            let malformed = Delivery(job: waiting, entry: EntryID("nonsense"))
            #expect(
                try await fixture.finish([plain(strange), plain(gone), plain(malformed)]) == [.notOurs, .notOurs, .notOurs]
            )
            #expect(try await inbox(fixture) == [])
            #expect(try await fixture.stats() == nil)
        }
    }

    @Test func `what Redis does not know to have delivered is not taken for what it does, wherever it stands in the batch`()
        async throws
    {
        for order in [[2, 0, 1, 3], [0, 3, 2, 1], [3, 2, 1, 0]] {
            try await withFixture { fixture in
                try await openInbox(fixture)
                var deliveries: [Delivery] = []
                for number in 0...3 {
                    let job = job(fixture, "j\(number)")
                    deliveries.append(Delivery(job: job, entry: try await fixture.add(job)))
                    if number < 2 { try await fixture.deliver(to: "w1", job.laneID) }
                }
                let results = try await fixture.finish(order.map { plain(deliveries[$0]) })
                #expect(results == ended(order.map { $0 < 2 }))
                #expect(Set(try await told(fixture)) == ["j0", "j1"])
                #expect(try await fixture.stats()?.outcomes == [.ok: 2])
                // The others are still there to be delivered, and nothing else is.
                let left = try await fixture.left()
                #expect(left.entries == 2 && left.pending == 0)
                for _ in 0...1 { try await fixture.deliver(to: "w2") }
                #expect(try await fixture.left().pending == 2)
            }
        }
    }

    @Test func `services, lanes, tools and inboxes share a batch, and results have its order`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.registry.put(
                [(name: "other", configuration: ByteBuffer(string: "{}"), expected: nil)],
                by: "test"
            )
            let inboxes = ["a", "b", "c"]
            for name in inboxes { try await openInbox(fixture, name) }
            var random = SeededGenerator(seed: 41)
            var jobs: [Job] = []
            for number in 0..<100 {
                var job = job(
                    fixture,
                    "j\(number)",
                    inbox: (inboxes + [""]).randomElement(using: &random) ?? "",
                    name: ["t", "u:v", "inbox"].randomElement(using: &random) ?? "t",
                    service: Bool.random(using: &random) ? "svc" : "other",
                    lane: Bool.random(using: &random) ? .batch : .interactive
                )
                if Int.random(in: 0..<8, using: &random) == 0 { job.method = "resources/read" }
                if Int.random(in: 0..<8, using: &random) == 0 { job.toolKey = "svc_t" }
                jobs.append(job)
            }
            let batch = try await deliver(fixture, jobs).map { delivery in
                plain(
                    delivery,
                    OutcomeKind.all.randomElement(using: &random) ?? .ok,
                    waited: duration(&random),
                    ran: duration(&random)
                )
            }
            let isOurs = batch.map { _ in Int.random(in: 0..<6, using: &random) > 0 }
            let before = zip(batch, isOurs).filter { !$0.1 }.map { $0.0 }
            let taken = before.map { late(Delivery(job: $0.job, entry: $0.entry)) }
            #expect(try await fixture.settle(taken).allSatisfy { $0 != .notOurs })
            #expect(try await fixture.finish(batch) == ended(isOurs))
            #expect(try await fixture.finish(batch).allSatisfy { $0 == .notOurs })

            var expected: [String: ToolStats] = [:]
            for (settlement, isOurs) in zip(batch, isOurs) {
                guard case .end(let outcome, _) = settlement.action else { continue }
                let gaveUp = Outcome(kind: .timedOut, payload: ByteBuffer())
                expected[settlement.job.statsKey, default: ToolStats()].count(isOurs ? outcome : gaveUp)
            }
            for (key, var stats) in expected {
                let real = try #require(ToolStats(try await fixture.execute("HGETALL", key)))
                (stats.firstCall, stats.lastCall) = (real.firstCall, real.lastCall)
                #expect(real == stats, "\(key)")
            }
            for name in inboxes {
                #expect(try await told(fixture, name).sorted() == jobs.filter { $0.inbox == name }.map(\.id).sorted())
            }
            for lane in Set(jobs.map(\.laneID)) {
                let left = try await fixture.left(lane)
                #expect(left.entries == 0 && left.pending == 0)
            }
        }
    }

    // MARK: Stats

    @Test func `stats are what settle makes of the same outcomes`() async throws {
        try await withFixture { fixture in
            var random = SeededGenerator(seed: 43)
            for size in [1, 2, 7, 40, 128] {
                let ids = (0..<size).map { "j\(size).\($0)" }
                let finished = try await deliver(fixture, ids.map { job(fixture, $0, submitted: size * 1000) })
                let settled = try await deliver(fixture, ids.map { job(fixture, $0, name: "other", submitted: size * 1000) })
                var batches: ([Settlement], [Settlement]) = ([], [])
                for (first, second) in zip(finished, settled) {
                    let kind = OutcomeKind.all.randomElement(using: &random) ?? .ok
                    let (waited, ran) = (duration(&random), duration(&random))
                    batches.0.append(plain(first, kind, waited: waited, ran: ran))
                    batches.1.append(plain(second, kind, waited: waited, ran: ran))
                }
                #expect(try await fixture.finish(batches.0).allSatisfy { $0 == .ended(owner: nil) })
                #expect(try await fixture.settle(batches.1).allSatisfy { $0 == .ended(owner: nil) })
                let stats = try await fixture.hash(fixture.keys.stats(toolKey: "echo"))
                #expect(try await fixture.hash(fixture.keys.stats(toolKey: "other")) == stats, "batch of \(size)")
            }
        }
    }

    @Test func `of a batch that others settled in part, the rest ends, and only the rest is counted`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            var random = SeededGenerator(seed: 47)
            var all: [String] = []
            for round in 0..<25 {
                let size = Int.random(in: 1...30, using: &random)
                let ids = (0..<size).map { "j\(round).\($0)" }
                all += ids
                let finished = try await deliver(fixture, ids.map { job(fixture, $0) })
                let settled = try await deliver(fixture, ids.map { job(fixture, $0, inbox: "", name: "other") })
                // None, some or all of them were settled before.
                let share = [0, 1, 5, 9, 10].randomElement(using: &random) ?? 0
                let isOurs = ids.map { _ in Int.random(in: 0..<10, using: &random) >= share }
                var batches: ([Settlement], [Settlement]) = ([], [])
                for (first, second) in zip(finished, settled) {
                    let kind = OutcomeKind.all.randomElement(using: &random) ?? .ok
                    let (waited, ran) = (duration(&random), duration(&random))
                    batches.0.append(plain(first, kind, waited: waited, ran: ran))
                    batches.1.append(plain(second, kind, waited: waited, ran: ran))
                }
                for deliveries in [finished, settled] {
                    let taken = zip(deliveries, isOurs).filter { !$0.1 }.map { late($0.0) }
                    if !taken.isEmpty { #expect(try await fixture.settle(taken).allSatisfy { $0 == .ended(owner: "w1") }) }
                }
                #expect(try await fixture.finish(batches.0) == ended(isOurs))
                #expect(try await fixture.settle(batches.1) == ended(isOurs))
                var stats: [[String: String]] = []
                for tool in ["echo", "other"] {
                    var fields = try await fixture.hash(fixture.keys.stats(toolKey: tool))
                    // When the batch ended is told for all of it.
                    fields["first_call"] = nil
                    fields["last_call"] = nil
                    stats.append(fields)
                }
                #expect(stats[0] == stats[1], "round \(round)")
                #expect(stats[0]["w\(LatencyBuckets.last + 1)"] == nil)
            }
            #expect(try await told(fixture).sorted() == all.sorted())
            #expect(try await fixture.stats()?.calls == all.count)
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `the script's buckets are those of the histogram, at all their ends`() async throws {
        try await withFixture { fixture in
            var durations = [0, 1]
            for bucket in 1...LatencyBuckets.last { durations += [0, 1].map { LatencyBuckets.upperBound(bucket) + $0 } }
            let name = "bounds"
            for start in stride(from: 0, to: durations.count, by: 60) {
                let part = durations[start..<min(start + 60, durations.count)]
                let deliveries = try await deliver(fixture, part.map { job(fixture, "j\(start).\($0)", inbox: "", name: name) })
                let batch = zip(deliveries, part).map { plain($0, waited: $1, ran: $1) }
                // The same entry twice makes the script count by itself.
                #expect(try await fixture.finish(batch + [batch[0]]) == ended(batch.map { _ in true } + [false]))
            }
            let buckets = durations.reduce(into: [Int: Int]()) { $0[LatencyBuckets.bucket(microseconds: $1), default: 0] += 1 }
            let stats = try #require(try await fixture.stats(name))
            #expect(stats.waitingBuckets == buckets && stats.runningBuckets == buckets)
            #expect(stats.waiting == durations.reduce(0, +) && stats.running == stats.waiting)
        }
    }

    @Test func `the first call stays, the last call is that of the last batch`() async throws {
        try await withFixture { fixture in
            let key = fixture.keys.stats(toolKey: "echo")
            let first = try await deliver(fixture, [2000, 1000, 3000].map { job(fixture, "a\($0)", submitted: $0) })
            _ = try await fixture.finish(first.map { plain($0) })
            var stats = try await fixture.hash(key)
            #expect(stats["first_call"] == "1012" && stats["last_call"] == "3012")
            // Also where the second batch counts what was not counted before.
            let second = try await deliver(fixture, [5000, 500].map { job(fixture, "b\($0)", submitted: $0) })
            _ = try await fixture.finish(second.map { plain($0, .toolError, waited: 100, ran: 2) })
            stats = try await fixture.hash(key)
            #expect(stats["first_call"] == "1012" && stats["last_call"] == "5102")
            // A batch of which nothing is ours changes neither.
            _ = try await fixture.finish(first.map { plain($0, waited: 50_000) })
            #expect(try await fixture.hash(key) == stats)
        }
    }

    // MARK: Keys that are not as they should be

    @Test func `an inbox that is gone, of a wrong type or none takes nothing, and the jobs count`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            _ = try await fixture.execute("SET", fixture.keys.inbox("bad"), "x")
            for isPartial in [false, true] {
                let names = ["gone", "bad", "", "c"]
                let deliveries = try await deliver(fixture, names.map { job(fixture, "j\($0)\(isPartial)", inbox: $0) })
                let batch = deliveries.map { plain($0) }
                let extra = isPartial ? [batch[0]] : []
                #expect(try await fixture.finish(batch + extra) == ended([true, true, true, true] + extra.map { _ in false }))
                #expect(try await fixture.execute("EXISTS", fixture.keys.inbox("gone"), fixture.keys.inbox("")).integer == 0)
                #expect(try await fixture.execute("GET", fixture.keys.inbox("bad")).string == "x")
            }
            #expect(try await inbox(fixture).map { $0[2] } == ["jcfalse", "jctrue"])
            #expect(try await fixture.stats()?.outcomes == [.ok: 8])
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `stats of a wrong type take nothing, and the outcomes are delivered`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let key = fixture.keys.stats(toolKey: "echo")
            _ = try await fixture.execute("SET", key, "x")
            var ids: [String] = []
            // Few fields and many, sums that come ready made and those that do not.
            for (size, isPartial) in [(1, false), (1, true), (20, false), (20, true)] {
                let own = (0..<size).map { "j\(size)\(isPartial).\($0)" }
                let other = "k\(size)\(isPartial)"
                ids += own + [other]
                let jobs = own.map { job(fixture, $0) } + [job(fixture, other, name: "fine")]
                let deliveries = try await deliver(fixture, jobs)
                let batch = deliveries.enumerated().map { plain($1, waited: 1 << $0, ran: 1 << $0) }
                let extra = isPartial ? [batch[0]] : []
                let results = try await fixture.finish(batch + extra)
                #expect(results == ended(batch.map { _ in true } + extra.map { _ in false }))
                #expect(try await fixture.execute("GET", key).string == "x")
            }
            #expect(try await told(fixture).sorted() == ids.sorted())
            #expect(try await fixture.stats("fine")?.outcomes == [.ok: 4])
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `an entry whose content was deleted is answered all the same`() async throws {
        try await withFixture { fixture in
            try await openInbox(fixture)
            let deliveries = try await deliver(fixture, ["j1", "j2", "j3"].map { job(fixture, $0) })
            let batch = deliveries.map { plain($0) }
            _ = try await fixture.execute("XDEL", fixture.lane.key, deliveries[1].entry.description)
            #expect(try await fixture.finish(batch + [batch[0]]) == ended([true, true, true, false]))
            #expect(try await told(fixture) == ["j1", "j2", "j3"])
            #expect(try await fixture.stats()?.outcomes == [.ok: 3])
            #expect(try await fixture.left().pending == 0)
        }
    }

    @Test(arguments: [true, false]) func `S8: stats that it makes have the lease of an automatic dataspace`(isAuto: Bool)
        async throws
    {
        let server = try await RedisServer.shared()
        let configuration = try server.configuration(socketTimeout: .seconds(10))
        try await withRedisClient(configuration) { client in
            let unique = "t" + String(UInt64.random(in: .min ... .max), radix: 36)
            let space = try Space(namespace: unique, dataspace: isAuto ? Space.makeAutoDataspace() : "auto-mation")
            let registry = RedisRegistry(space: space, client: client)
            _ = try await registry.put([(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "test")
            let fixture = Fixture(
                configuration: configuration,
                space: space,
                service: ServiceID(space: space, name: "svc"),
                pool: Pool(embeddedIn: space),
                client: client,
                registry: registry
            )
            try await openInbox(fixture)
            for (tool, isPartial) in [("whole", false), ("part", true)] {
                let deliveries = try await deliver(fixture, [job(fixture, "j" + tool, name: tool)])
                let batch = deliveries.map { plain($0) }
                _ = try await fixture.finish(isPartial ? batch + batch : batch)
                let time = try await fixture.execute("PTTL", fixture.keys.stats(toolKey: tool)).integer ?? -2
                if isAuto {
                    #expect((0...KeyLease.milliseconds).contains(time), "\(tool)")
                } else {
                    #expect(time == -1, "\(tool)")
                }
            }
            let keys = try await client.execute(RedisCommand("KEYS", "\(space):*")).array?.compactMap(\.string) ?? []
            if isAuto {
                for (key, reply) in zip(keys, await client.pipeline(keys.map { RedisCommand("PTTL", $0) })) {
                    let time = try reply.get().integer ?? -2
                    #expect(time >= 0, "\(key)")
                }
            }
            _ = await client.pipeline(keys.map { RedisCommand("DEL", $0) })
        }
    }

    // MARK: What is plain

    @Test func `only what a caller can derive from what it waited and ran is plain`() throws {
        let space = try Space(namespace: "a", dataspace: "b")
        let delivery = Delivery(
            job: Job(
                id: "c-1",
                service: ServiceID(space: space, name: "s"),
                name: "t",
                parameters: ByteBuffer(),
                inbox: "c",
                submitted: 1000
            ),
            entry: EntryID("1-1")
        )
        let good = outcome(delivery.job)
        func isPlain(
            dead: Bool = false,
            claims: Bool = false,
            job change: (inout Job) -> Void = { _ in },
            outcome adjust: (inout Outcome) -> Void = { _ in }
        ) -> Bool {
            var outcome = good
            adjust(&outcome)
            var delivery = delivery
            change(&delivery.job)
            return Settlement(delivery, .end(outcome, copyToDead: dead), claims: claims).isPlain
        }
        let payload = { (size: Int) in ByteBuffer(repeating: 120, count: size) }
        let largest = SettleScript.largestInlinePayload
        let plain = [
            isPlain(), isPlain(outcome: { $0.payload = payload(largest) }),
            isPlain(outcome: { $0.kind = OutcomeKind(rawValue: "newer") }),
        ]
        #expect(plain == [true, true, true])
        let others = [
            isPlain(dead: true), isPlain(claims: true), isPlain(job: { $0.record = "r" }), isPlain(job: { $0.submitted = 0 }),
            isPlain(job: { $0.submitted = 999 }), isPlain(outcome: { $0.attempt = 2 }), isPlain(outcome: { $0.waited = nil }),
            isPlain(outcome: { $0.ran = nil }), isPlain(outcome: { $0.finished += 1 }), isPlain(outcome: { $0.finished = 0 }),
            isPlain(outcome: { $0.payload = payload(largest + 1) }),
        ]
        #expect(others == [Bool](repeating: false, count: others.count))
        #expect(!Settlement(delivery, .move(reason: "", attempt: 1, deaths: 0)).isPlain)
        #expect(!Settlement(delivery, .delay(reason: "", attempt: 1, deaths: 0, due: 5)).isPlain)
    }

    // MARK: The caller

    @Test func `I13: callers read their outcomes from a shared entry, each once, unknown kinds as they are`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let kinds: [OutcomeKind] = [.ok, .toolError, .protocolError, OutcomeKind(rawValue: "hibernated"), .ok, .unavailable]
            let payloads = ["{}", "{\"a\": \"b c\"}", " ", "", "é\n\0", String(repeating: "x ", count: 20_000)]
            let jobs = kinds.indices.map { caller.job(fixture.service, "echo", "{\"n\":\($0)}") }
            let calls = jobs.map { job in Task { await caller.call(job) } }
            try await eventually("the jobs are queued") { try await fixture.left().entries == jobs.count }
            for _ in jobs { try await fixture.deliver(to: "w1") }
            let entries = try #require(try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array)
            let deliveries = try entries.map { try #require(JobFields.delivery($0, lane: fixture.lane)) }
            #expect(Set(deliveries.map(\.job.id)) == Set(jobs.map(\.id)))
            let batch = deliveries.compactMap { delivery -> Settlement? in
                guard let number = jobs.firstIndex(where: { $0.id == delivery.job.id }) else { return nil }
                return plain(delivery, kinds[number], payloads[number], waited: number, ran: 1000 + number)
            }
            #expect(batch.allSatisfy { $0.isPlain })
            // Others share the inbox: what is not waited for, and what is malformed, is passed over.
            let key = fixture.keys.inbox(caller.queue.caller)
            _ = try await fixture.execute("XADD", key, "*", "worker", "w0", "nobody-1", "ok 1 2 {}", "nobody-2", "")
            #expect(try await fixture.finish(batch) == ended(jobs.map { _ in true }))
            #expect(try await fixture.finish(batch) == ended(jobs.map { _ in false }))
            for (number, call) in calls.enumerated() {
                let outcome = try await call.value.get()
                #expect(outcome.kind == kinds[number] && String(buffer: outcome.payload) == payloads[number])
                #expect(outcome.worker == "w1" && outcome.attempt == 1)
                #expect(outcome.waited == number && outcome.ran == 1000 + number)
                #expect(outcome.finished == jobs[number].submitted + 1000 + 2 * number)
            }
            #expect(try await fixture.stats()?.outcomes[kinds[3]] == 1)
            #expect(try await fixture.rawEntries(key).filter { $0.prefix(2) == ["worker", "w1"] }.count == 1)
            // The queue goes on: what comes next is answered too.
            let next = caller.job(fixture.service)
            let call = Task { await caller.call(next) }
            try await eventually("the job is queued") { try await fixture.left().entries == 1 }
            try await fixture.deliver(to: "w1")
            let last = try #require(try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array?.first)
            let delivery = try #require(JobFields.delivery(last, lane: fixture.lane))
            #expect(try await fixture.finish([plain(delivery)]) == [.ended(owner: nil)])
            #expect(await call.value.kind == .ok)
            await caller.close()
        }
    }
}
