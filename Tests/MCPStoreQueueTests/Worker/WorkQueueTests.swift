import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct WorkQueueTests {
    private func isStart(_ event: TestWorker.Event) -> Bool { if case .started = event { true } else { false } }

    @Test func `a call that somebody else settled is cancelled at the next renewal, without any message`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(lease: .milliseconds(600)),
                services: [fixture.service],
                run: { _ in nil }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            // Of two jobs one is settled by somebody else; the other is not touched.
            let tasks = (0..<2).map { _ in Task { await caller.call(caller.job(fixture.service)) } }
            #expect(await worker.events.wait(count: 2) { if case .started = $0 { true } else { false } })
            let victim = worker.holding[0]
            let end = Settlement(victim, .end(Outcome(kind: .interrupted, payload: Reason("test").payload)))
            #expect(try await fixture.settle([end]) == [.ended(owner: nil)])
            #expect(await worker.events.wait { $0.contains(.cancelled(victim.entry)) })
            let other = try #require(worker.holding.first)
            worker.finish(other)
            let kinds = [await tasks[0].value.kind, await tasks[1].value.kind]
            #expect(Set(kinds) == [.ok, .interrupted])
            #expect(try await fixture.stats()?.outcomes == [.ok: 1, .interrupted: 1])
            #expect(worker.events.all.count { if case .cancelled = $0 { true } else { false } } == 1)
            #expect(await worker.queue.running == 0)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `who may only submit can neither order a worker about nor cancel what he did not settle`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(lease: .seconds(60)),
                services: [fixture.service],
                run: { _ in nil }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let tasks = (0..<2).map { _ in Task { await caller.call(caller.job(fixture.service)) } }
            #expect(await worker.events.wait(count: 2) { if case .started = $0 { true } else { false } })
            let (ring, lane) = (fixture.pool.ring(worker.queue.workerID), fixture.lane.member)
            let (running, settled) = (worker.holding[0].entry, worker.holding[1].entry)
            for (op, a, b) in [("drain", "", ""), ("unplace", fixture.service.member, ""), ("cancel", lane, "\(running)")] {
                _ = try await fixture.execute("XADD", ring, "*", "op", op, "a", a, "b", b)
            }
            // Behind them, one that is true: it shows that the others were read.
            let end = Settlement(worker.holding[1], .end(Outcome(kind: .interrupted, payload: Reason("test").payload)))
            #expect(try await fixture.settle([end]) == [.ended(owner: nil)])
            _ = try await fixture.execute("XADD", ring, "*", "op", "cancel", "a", lane, "b", "\(settled)")
            #expect(await worker.events.wait { $0.contains(.cancelled(settled)) })
            #expect(!worker.events.all.contains(.cancelled(running)))
            #expect(!worker.events.all.contains { if case .control = $0 { true } else { false } })
            // On the control stream it is an order.
            _ = try await fixture.execute(
                "XADD",
                fixture.pool.control(worker.queue.workerID),
                "*",
                "op",
                "drain",
                "a",
                "",
                "b",
                ""
            )
            #expect(await worker.events.wait { $0.contains { if case .control(.drain) = $0 { true } else { false } } })
            worker.finish(try #require(worker.holding.first { $0.entry == running }))
            let kinds = [await tasks[0].value.kind, await tasks[1].value.kind]
            #expect(Set(kinds) == [.ok, .interrupted])
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `with more services than can be watched, a submitter rings`() async throws {
        try await withFixture { fixture in
            let names = (0..<40).map { "s\($0)" }
            let configurations = names.map { (name: $0, configuration: ByteBuffer(string: "{}"), expected: Int?.none) }
            _ = try await fixture.registry.put(configurations, by: "test")
            let services = names.map { ServiceID(space: fixture.space, name: $0) }
            let worker = try await TestWorker(fixture.configuration, fixture.options(slots: 4), services: services)
            #expect(await !worker.queue.watchesAll)
            let (pool, id) = (fixture.pool, worker.queue.workerID)
            let caller = try await TestCaller(
                fixture.space,
                fixture.configuration,
                hint: { _ in .init(pool: pool, workers: [id]) }
            )
            for service in services.shuffled() { #expect(await caller.call(caller.job(service)).kind == .ok) }
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `a worker that is told to stop while it registers leaves no lease behind`() async throws {
        try await withRedisServer { server in
            let pool = try Pool(cluster: "stop")
            let configuration = try server.configuration(socketTimeout: .seconds(10))
            // From here on Redis knows the script: registering is one command.
            try await TestWorker(configuration, WorkerOptions(pool: pool, slots: 4), services: []).stop()
            let queue = RedisWorkQueue(
                configuration: configuration,
                options: WorkerOptions(pool: pool, slots: 4),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: .silent
            )
            let running = Task { await queue.run() }
            try await queue.client.waitUntilConnected(timeout: .seconds(10))
            let nothing = WorkQueueHandlers(
                start: { _ in },
                cancel: { _ in },
                control: { _ in },
                leaseLost: { _ in },
                registered: { _ in }
            )
            server.pause()
            let start = Task { do { try await queue.start(nothing) } catch {} }
            // Time enough to send it: each look is a step on the worker's event loop.
            for _ in 0..<200 { _ = await queue.running }
            start.cancel()
            for _ in 0..<200 { _ = await queue.running }
            server.resume()
            await start.value
            await queue.stop()
            try await withRedisClient(try server.configuration()) { client in
                let leases = try await client.execute(RedisCommand("ZCARD", pool.leases))
                #expect(leases.integer == 0)
            }
            running.cancel()
            await running.value
        }
    }

    @Test func `a job past its deadline is not started`() async throws {
        try await withFixture { fixture in
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            var job = Job(id: "old", service: fixture.service, name: "echo", parameters: ByteBuffer(string: "{}"), timeout: 1000)
            job.since = 1_000_000
            _ = try await fixture.add(job)
            job.id = "new"
            job.since = nil
            job.timeout = 600_000
            _ = try await fixture.add(job)
            #expect(try await recovery.queued(in: fixture.lane, limit: 10).count == 2)
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            #expect(await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } })
            await worker.stop()
            #expect(worker.events.all.filter(isStart).count == 1)
            #expect(try await fixture.stats()?.outcomes == [.ok: 1, .timedOut: 1])
        }
    }

    /// The leading coordinator's sweep, in its plainest form.
    private func sweep(_ fixture: Fixture) async throws -> Bool {
        let pool = RedisPool(fixture.pool, client: fixture.client)
        let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
        let dead = try await pool.expireWorkers().dead
        for worker in dead {
            for lane in try await pool.lanes(of: worker) {
                while true {
                    let pending = try await recovery.pending(of: worker, in: lane)
                    if pending.isEmpty { break }
                    let settlements = pending.map { delivery in
                        let job = delivery.job
                        guard !job.mayRunAgain else {
                            return Settlement(
                                delivery,
                                .move(reason: "worker died", attempt: job.attempt + 1, deaths: job.deaths + 1)
                            )
                        }
                        return Settlement(
                            delivery,
                            .end(Outcome(kind: .interrupted, payload: Reason("worker died").payload, attempt: job.attempt))
                        )
                    }
                    _ = try await recovery.settle(settlements, in: fixture.space)
                }
                try await recovery.deleteConsumer(worker, in: lane)
            }
            #expect(try await pool.forget(worker))
        }
        return !dead.isEmpty
    }

    @Test(arguments: 0..<4)
    func `workers die under load and every call has one outcome`(seed: Int) async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                // What has side effects is counted by starts: never two for a job that may not be run again.
                let options = fixture.options(slots: 8, lease: .milliseconds(500))
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let ledger = NIOLockedValueBox<[String: Int]>([:])
                let makeWorker = { (hangs: Bool) in
                    try await TestWorker(
                        fixture.configuration,
                        options,
                        services: [fixture.service],
                        run: { delivery in
                            ledger.withLockedValue { $0[delivery.job.id, default: 0] += 1 }
                            // Some never answer; they are what dies with the worker.
                            return hangs && delivery.job.name == "hang" && delivery.job.attempt == 1
                                ? nil : Outcome(kind: .ok, payload: ByteBuffer(string: "{}"), attempt: delivery.job.attempt)
                        }
                    )
                }
                let done = Events<(Job, Result<Outcome, QueueError>)>()
                var random = SeededGenerator(seed: UInt64(seed))
                let calls = (0..<400).map { number in
                    caller.job(
                        fixture.service,
                        number % 40 == 7 ? "hang" : "echo",
                        timeout: 60_000,
                        again: Bool.random(using: &random)
                    )
                }
                var workers = [try await makeWorker(true), try await makeWorker(true)]
                let loading = Task {
                    await withTaskGroup(of: Void.self) { group in
                        for (index, job) in calls.enumerated() {
                            if index >= 24 { await group.next() }
                            group.addTask { done.add((job, await caller.call(job))) }
                        }
                    }
                }
                for count in [60, 150, 250] {
                    await done.wait(seconds: 10) { $0.count >= count }
                    await workers.removeFirst().crash()
                    workers.append(try await makeWorker(true))
                }
                // Those that hang on living workers go with them.
                for worker in workers { await worker.crash() }
                let last = try await makeWorker(false)
                while done.all.count < 400 {
                    if try await !sweep(fixture) { _ = try await fixture.execute("BLPOP", "\(fixture.space):never", "0.05") }
                }
                await loading.value
                var kinds: [OutcomeKind: Int] = [:]
                for (job, result) in done.all {
                    let kind = try #require(result.kind, "\(result)")
                    kinds[kind, default: 0] += 1
                    let starts = ledger.withLockedValue { $0[job.id] ?? 0 }
                    if !job.mayRunAgain { #expect(starts <= 1) }
                    // What was delivered counts as started for everybody but its worker.
                    #expect(kind == .ok && starts >= 1 || kind == .interrupted && !job.mayRunAgain, "\(kind) \(starts)")
                }
                await last.queue.stop()
                var counted: [OutcomeKind: Int] = [:]
                for tool in ["echo", "hang"] {
                    for (kind, count) in try await fixture.stats(tool)?.outcomes ?? [:] { counted[kind, default: 0] += count }
                }
                #expect(counted == kinds)
                #expect(try await fixture.left().entries == 0)
                await caller.close()
                await last.crash()
            }
        }
    }

    @Test func `A worker whose keys were deleted while it slept leaves none behind when it opens a service`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(lease: .seconds(60)), services: [])
            let ids = worker.events.all.compactMap { if case .registered(let id) = $0 { id } else { nil } }
            let old = try #require(ids.first)
            // As the leading coordinator does with the dead.
            _ = try await fixture.execute("ZREM", fixture.pool.leases, old)
            _ = try await fixture.execute("DEL", fixture.pool.worker(old), fixture.pool.streams(old))
            await worker.queue.open(fixture.service, limit: 10)
            #expect(try await fixture.execute("EXISTS", fixture.pool.streams(old)).integer == 0)
            await worker.stop()
        }
    }
}
