import Foundation
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue
@testable import MCPStoreRedis

/// Sentences of the job protocol (`docs/proof.md`) that no other suite names.
@Suite struct ProtocolTests {
    /// What a server has done since, oldest first, each command as its words (which Redis cuts at 128 bytes).
    private func commands(_ fixture: Fixture) async throws -> [[String]] {
        let log = try await fixture.execute("SLOWLOG", "GET", "-1").array.map(Array.init) ?? []
        return log.reversed().map { $0.array?[3].array?.map { $0.string ?? "" } ?? [] }
    }

    private func record(_ fixture: Fixture) async throws {
        _ = try await fixture.execute("CONFIG", "SET", "slowlog-max-len", "100000")
        _ = try await fixture.execute("CONFIG", "SET", "slowlog-log-slower-than", "0")
        _ = try await fixture.execute("SLOWLOG", "RESET")
    }

    @Test func `Deadline: a process counts on Redis' clock, however wrong its own is, by the best measurement that it has`() {
        let clock = ServerClock()
        let hour = 3_600_000_000
        let now = ServerClock.boot()
        /// By how many hours the server's clock is believed to be ahead of this machine's time since its boot.
        func ahead() -> Int { (clock.now() - ServerClock.boot() + hour / 2) / hour }
        clock.measured(server: now + 100 * hour, sent: now - 200, received: now + 200)
        #expect(ahead() == 100)
        // A longer round trip knows less, a shorter one more.
        clock.measured(server: now + 103 * hour, sent: now - 90_000, received: now + 90_000)
        #expect(ahead() == 100)
        clock.measured(server: now + 106 * hour, sent: now - 10, received: now + 10)
        #expect(ahead() == 106)
        // Another server has another clock.
        clock.serverChanged()
        clock.measured(server: now + 7 * hour, sent: now - 90_000, received: now + 90_000)
        #expect(ahead() == 7)
    }

    @Test func `Entry: a plain call makes no key of its own, and leaves none`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(
                    fixture.configuration,
                    fixture.options(),
                    services: [fixture.service],
                    run: { $0.job.name == "hold" ? nil : TestWorker.answer($0) }
                )
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
                #expect(await caller.call(caller.job(fixture.service, "other")).kind == .ok)
                let before = try await fixture.execute("DBSIZE").integer
                let held = (0..<5).map { _ in Task { await caller.call(caller.job(fixture.service, "hold")) } }
                await worker.started(2 + held.count)
                #expect(try await fixture.execute("DBSIZE").integer == before)
                for delivery in worker.holding { worker.finish(delivery) }
                for call in held { #expect(await call.value.kind == .ok) }
                // The stats of the tool.
                #expect(try await fixture.execute("DBSIZE").integer == before.map { $0 + 1 })
                await caller.close()
                await worker.stop()
            }
        }
    }

    @Test func `Accepted: a job stream is never capped`() throws {
        let job = Job(
            id: "c-1",
            service: ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: "s"),
            name: "t",
            parameters: ByteBuffer(string: "{}"),
            inbox: "c"
        )
        #expect(!String(buffer: RedisJobQueue.submission(of: job).body).contains("MAXLEN"))
        // Streams of changes, events, orders and dead letters are; what settles writes dead letters with it only.
        let capping: Set = [
            "service_put", "service_hold", "service_remove", "tools_put", "state_put", "worker_register", "worker_end",
            "worker_forget", "placement_put", "settle", "pins_put", "pin_mode", "brake_put",
        ]
        for script in try Self.scripts() where !capping.contains(script.name) {
            #expect(!script.text.contains("MAXLEN"), "\(script.name)")
        }
        let lines = try #require(try Self.scripts().first { $0.name == "settle" }).text.split(separator: "\n")
        #expect(lines.filter { $0.contains("MAXLEN") }.map { $0.contains("tonumber(extra)") } == [true])
    }

    @Test func `Liveness: a worker records its lanes in its own set before it first reads them`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                try await record(fixture)
                let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
                let done = try await commands(fixture)
                let streams = fixture.pool.streams(worker.queue.workerID)
                let recorded = try #require(done.firstIndex { $0.contains(streams) && $0.contains(fixture.lane.member) })
                let read = try #require(done.firstIndex { $0.first == "XREADGROUP" && $0.contains(fixture.lane.key) })
                #expect(recorded < read)
                #expect(done.allSatisfy { $0.first != "XAUTOCLAIM" && !$0.contains("NOACK") })
                await caller.close()
                await worker.stop()
            }
        }
    }

    @Test func `Settle: what ends in one moment is settled by one script for each 128 jobs, and nothing waits for company`()
        async throws
    {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let space = fixture.space
                let loop = fixture.client.eventLoop
                let batcher = SettleBatcher(
                    space: space,
                    client: fixture.client,
                    clock: ServerClock(),
                    eventLoop: loop,
                    logger: .silent
                )
                var settlements: [Settlement] = []
                for number in 0..<300 {
                    let job = Job(
                        id: "c-\(number)",
                        service: fixture.service,
                        name: "echo",
                        parameters: ByteBuffer(string: "{}"),
                        inbox: "c",
                        submitted: 7
                    )
                    let entry = try await fixture.add(job)
                    let outcome = Outcome(
                        kind: .ok,
                        payload: ByteBuffer(string: "{}"),
                        worker: "w1",
                        waited: 1,
                        ran: 2,
                        finished: 10
                    )
                    settlements.append(Settlement(Delivery(job: job, entry: entry), .end(outcome)))
                }
                _ = try await fixture.execute(
                    "XREADGROUP",
                    "GROUP",
                    JobGroup.name,
                    "w1",
                    "COUNT",
                    "300",
                    "STREAMS",
                    fixture.lane.key,
                    ">"
                )
                try await record(fixture)
                let all = settlements
                let ended = Events<Settlement.Result>()
                try await loop.submit { for settlement in all { batcher.settle(settlement) { ended.add($0) } } }.get()
                #expect(await ended.wait(count: all.count))
                #expect(ended.all.allSatisfy { $0 == .ended(owner: nil) })
                let sizes = try await commands(fixture).filter { $0.count > 1 && $0[1] == Scripts.finish.sha1 }.count
                #expect(sizes == 3)
                #expect(try await fixture.left().entries == 0)
            }
        }
    }

    // MARK: Scripts

    private static func scripts() throws -> [(name: String, text: String)] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/MCPStoreQueue/Scripts")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".lua") }.sorted().map {
            (String($0.dropLast(4)), try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
        }
    }

    /// I5. Outside a cluster Redis says nothing against keys that were not declared, so the text is read.
    @Test func `Settle: scripts declare every key that they touch`() throws {
        // Names that hold keys of KEYS.
        let names: [String: Set<Substring>] = [
            "batch_again": ["record", "calls", "answers", "config", "lane", "key"],
            "batch_count": ["record", "answers", "index"], "batch_open": ["record", "answers", "index", "key"],
            "batch_put": ["key", "record", "index"],
            "batch_submit": ["record", "calls", "ids", "answers", "index", "config", "lane", "key"], "jobs_list": ["key"],
            "dead_replay": ["dead", "config", "lane", "record", "key"],
            "finish": ["key", "inbox"], "limit": ["key"],
            "placement_put": ["services", "control"], "pool_delete": ["unpack"], "settle": ["key", "destination"],
            "space_renew": ["key"], "submit_record": ["record"],
        ]
        var seen = 0
        for script in try Self.scripts() {
            for call in script.text.components(separatedBy: "redis.").dropFirst() {
                guard call.hasPrefix("call(") || call.hasPrefix("pcall(") else { continue }
                let words = call.components(separatedBy: ", ")
                if words[0].contains("'TIME'") { continue }
                let index = words[0].contains("'XGROUP'") || words[0].contains("'XINFO'") ? 2 : 1
                let key = words.count > index ? words[index] : ""
                let name = key.prefix { $0.isLetter || $0 == "_" }
                let isDeclared = key.hasPrefix("KEYS[") || names[script.name, default: []].contains(name)
                #expect(isDeclared, "\(script.name) touches '\(key.prefix(40))'")
                seen += 1
            }
        }
        #expect(seen > 100)
    }
}
