import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@Suite struct CallerFaultTests {
    @Test func `a job that nobody fetches ends at its deadline, and stats say so`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let outcome = try await caller.queue.submit(caller.job(fixture.service, timeout: 30))
            #expect(outcome.kind == .timedOut)
            #expect(Reason(payload: outcome.payload).phase == "waiting")
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 1])
            #expect(try await fixture.left().entries == 0)
            await caller.close()
        }
    }

    @Test func `a running job that passes its deadline ends for its caller, and its worker is told`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            let pool = fixture.pool
            let caller = try await TestCaller(
                fixture.space,
                fixture.configuration,
                hint: { _ in .init(pool: pool, trouble: nil, workers: []) }
            )
            let job = caller.job(fixture.service, timeout: 400)
            let outcome = try await caller.queue.submit(job)
            #expect(outcome.kind == .timedOut)
            let reason = Reason(payload: outcome.payload)
            #expect(reason.phase == "running")
            #expect(outcome.worker == worker.queue.workerID)
            // Over its control stream, or at the latest when it compares what it runs with what it owns.
            #expect(await worker.events.wait(count: 1) { if case .cancelled = $0 { true } else { false } })
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 1])
            await worker.stop()
            #expect(await worker.queue.running == 0)
            #expect(try await fixture.stats()?.outcomes == [.timedOut: 1])
            await caller.close()
        }
    }

    @Test func `a cancelled task cancels a waiting job`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let job = caller.job(fixture.service)
            let task = Task { await caller.call(job) }
            while try await fixture.left().entries == 0 { await Task.yield() }
            task.cancel()
            let result = await task.value
            #expect(result.kind == .cancelled)
            #expect(try await fixture.stats()?.outcomes == [.cancelled: 1])
            #expect(try await fixture.left().entries == 0)
            await caller.close()
        }
    }

    @Test func `a cancelled task cancels a running job`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            let pool = fixture.pool
            let caller = try await TestCaller(
                fixture.space,
                fixture.configuration,
                hint: { _ in .init(pool: pool, trouble: nil, workers: []) }
            )
            let job = caller.job(fixture.service)
            let task = Task { await caller.call(job) }
            #expect(await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } })
            task.cancel()
            #expect(await task.value.kind == .cancelled)
            #expect(await worker.events.wait(count: 1) { if case .cancelled = $0 { true } else { false } })
            #expect(try await fixture.stats()?.outcomes == [.cancelled: 1])
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `a job that is cancelled before it is sent is not sent`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let job = caller.job(fixture.service)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await caller.call(job)
            }
            #expect(await task.value.code == .notAccepted)
            #expect(try await fixture.left().entries <= 0)
            await caller.close()
        }
    }

    @Test func `an unhealthy service is named when the wait is over`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(
                fixture.space,
                fixture.configuration,
                hint: { _ in .init(pool: nil, trouble: "npx: not found", workers: []) }
            )
            let outcome = try await caller.queue.submit(caller.job(fixture.service, timeout: 20))
            #expect(outcome.kind == .unavailable)
            #expect(Reason(payload: outcome.payload).message.contains("npx: not found"))
            #expect(try await fixture.stats()?.outcomes == [.unavailable: 1])
            await caller.close()
        }
    }

    @Test func `limits refuse without a trace in Redis`() async throws {
        try await withFixture { fixture in
            var limits = CallerLimits()
            limits.jobsInFlight = 2
            limits.largestParameters = 100
            limits.queuedPerLane = 1
            let caller = try await TestCaller(fixture.space, fixture.configuration, limits: limits)
            let large = caller.job(fixture.service, "echo", String(repeating: "x", count: 101))
            #expect(await caller.call(large).code == .rejected)
            let first = Task { await caller.call(caller.job(fixture.service, timeout: 500)) }
            // The length of the lane was asked for with the first job.
            while await caller.call(caller.job(fixture.service, timeout: 20)).code != .busy {}
            #expect(try await fixture.left().entries <= 2)
            #expect(await first.value.kind == .timedOut)
            await caller.close()
        }
    }

    @Test func `a service that does not exist is refused, and one whose lane is gone gets it anew`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let unknown = ServiceID(space: fixture.space, name: "nobody")
            #expect(await caller.call(caller.job(unknown)).code == .rejected)
            #expect(try await fixture.execute("EXISTS", LaneID(service: unknown, lane: .interactive).key).integer == 0)
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            _ = try await fixture.execute("DEL", fixture.lane.key)
            #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
            await caller.close()
            await worker.stop()
        }
    }

    @Test(arguments: [1, 64 * 1024, 64 * 1024 + 1, 3 << 20])
    func `results arrive whole, the large ones by a key of their own that is gone afterwards`(size: Int) async throws {
        try await withFixture { fixture in
            let text = String(repeating: "r", count: size)
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service]) { _ in
                Outcome(kind: .ok, payload: ByteBuffer(string: text), worker: "w")
            }
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let job = caller.job(fixture.service)
            #expect(await caller.call(job).text == text)
            #expect(try await fixture.execute("EXISTS", fixture.keys.result(job.id)).integer == 0)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `progress arrives before the outcome`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let seen = Events<String>()
            let job = caller.job(fixture.service)
            let task = Task { try await caller.queue.submit(job) { seen.add(String(buffer: $0)) }.kind }
            await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } }
            let delivery = try #require(worker.holding.first)
            for step in 1...3 {
                worker.queue.report(Progress(delivery, payload: ByteBuffer(string: "{\"progress\":\(step)}")))
            }
            #expect(await seen.wait(count: 3))
            #expect(seen.all == [1, 2, 3].map { "{\"progress\":\($0)}" })
            worker.finish(delivery)
            #expect(try await task.value == .ok)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `a job that was moved can still be ended by its caller`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let task = Task { await caller.call(caller.job(fixture.service)) }
            while try await fixture.left().entries == 0 { await Task.yield() }
            let queued = try await recovery.queued(in: fixture.lane, limit: 10)
            let moved = try await recovery.settle(
                queued.map { Settlement($0, .move(reason: "test", attempt: 2, deaths: 1), claims: true) },
                in: fixture.space
            )
            guard case .moved = moved.first else { return #expect(moved.isEmpty) }
            task.cancel()
            #expect(await task.value.kind == .cancelled)
            let stats = try await fixture.stats()
            #expect(stats?.outcomes == [.cancelled: 1] && stats?.retries == 1)
            #expect(try await fixture.left().entries == 0)
            await caller.close()
        }
    }

    @Test func `a delayed job can be ended by its caller`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            let task = Task { await caller.call(caller.job(fixture.service)) }
            while try await fixture.left().entries == 0 { await Task.yield() }
            let queued = try await recovery.queued(in: fixture.lane, limit: 10)
            let due = ServerClock().now() / 1000 + 3_600_000
            let result = try await recovery.settle(
                queued.map { Settlement($0, .delay(reason: "test", attempt: 2, deaths: 0, due: due), claims: true) },
                in: fixture.space
            )
            #expect(result == [.delayed])
            task.cancel()
            #expect(await task.value.kind == .cancelled)
            #expect(try await fixture.stats()?.outcomes == [.cancelled: 1])
            #expect(try await fixture.execute("ZCARD", fixture.keys.delayed).integer == 0)
            #expect(try await fixture.execute("HLEN", fixture.keys.delayedJobs).integer == 0)
            await caller.close()
        }
    }

    @Test func `a deleted inbox ends waiting callers as unknown at once, and the next call works`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { delivery in
                    delivery.job.name == "hold" ? nil : Outcome(kind: .ok, payload: ByteBuffer(string: "{}"))
                }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let task = Task { await caller.call(caller.job(fixture.service, "hold", timeout: 600_000)) }
            await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } }
            _ = try await fixture.execute("DEL", fixture.keys.inbox(caller.queue.caller))
            #expect(await task.value.code == .unknown)
            #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
            await caller.close()
            await worker.stop()
        }
    }
}
