import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@Suite struct CallerFaultTests {
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
            try await eventually("the key is gone") {
                try await fixture.execute("EXISTS", fixture.keys.result(job.id)).integer == 0
            }
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

    /// Between the lost reply and the next connection it may have run, and its outcome was deleted with the inbox.
    @Test func `a submission in doubt whose inbox was deleted is unknown, and never said to be not accepted`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let proxy = try await TCPProxy.start(to: server.port)
                let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(proxy.port)", socketTimeout: .seconds(20))
                let caller = try await TestCaller(fixture.space, configuration)
                try await fixture.makeGroup()
                proxy.behave(.stallReplies)
                let task = Task { await caller.call(caller.job(fixture.service)) }
                while try await fixture.left().entries == 0 { await Task.yield() }
                _ = try await fixture.execute("DEL", fixture.keys.inbox(caller.queue.caller), fixture.lane.key)
                proxy.behave(.cut(afterBytes: 0))
                #expect(await task.value.code == .unknown)
                // Nothing was deleted: that it is nowhere is the proof that it was not accepted.
                try await fixture.makeGroup()
                proxy.behave(.stallReplies)
                let other = Task { await caller.call(caller.job(fixture.service)) }
                while try await fixture.left().entries == 0 { await Task.yield() }
                let entry = try await fixture.execute("XRANGE", fixture.lane.key, "-", "+").array?[0].array?[0].string
                _ = try await fixture.execute("XDEL", fixture.lane.key, try #require(entry))
                proxy.behave(.cut(afterBytes: 0))
                #expect(await other.value.code == .notAccepted)
                await caller.close()
                try await proxy.stop()
            }
        }
    }

    @Test func `a large result whose reply is cut off is read again`() async throws {
        try await withFixture { fixture in
            let text = String(repeating: "r", count: 200_000)
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service]) { _ in
                Outcome(kind: .ok, payload: ByteBuffer(string: text), worker: "w")
            }
            let proxy = try await TCPProxy.start(to: try await RedisServer.shared().port)
            let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(proxy.port)", socketTimeout: .seconds(20))
            let caller = try await TestCaller(fixture.space, configuration)
            // Everything else that comes on this connection until then is shorter.
            proxy.behave(.cut(afterBytes: 50_000))
            let job = caller.job(fixture.service)
            #expect(await caller.call(job).text == text)
            try await eventually("the key is gone") {
                try await fixture.execute("EXISTS", fixture.keys.result(job.id)).integer == 0
            }
            await caller.close()
            await worker.stop()
            try await proxy.stop()
        }
    }
}
