import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// `wait_replicas` with a real replica that is stopped and goes on.
@Suite(.timeLimit(.minutes(3))) struct ReplicaTests {
    private struct Setup {
        let fixture: Fixture
        let replica: RedisServer
        let caller: TestCaller
        let worker: TestWorker
    }

    private func withReplica(_ body: (Setup) async throws -> Void) async throws {
        try await withRedisServer { server in
            let replica = try await RedisServer.start(replicaOf: server.port)
            try await withFixture(server) { fixture in
                let confirmed = try await fixture.client.execute(RedisCommand("WAIT", "1", "20000"), timeout: .seconds(30))
                #expect(confirmed.integer == 1)
                let configuration = try RedisConfiguration(
                    url: server.url + "?wait_replicas=1&wait_timeout=0.2",
                    socketTimeout: .seconds(5)
                )
                let worker = try await TestWorker(configuration, fixture.options(), services: [fixture.service])
                let caller = try await TestCaller(fixture.space, configuration)
                // The replica has confirmed all that was written until now, so that nothing old is waited for.
                _ = try await fixture.execute("SET", "written", "last")
                #expect(try await fixture.execute("WAIT", "1", "20000").integer == 1)
                try await body(Setup(fixture: fixture, replica: replica, caller: caller, worker: worker))
                await caller.close()
                await worker.stop()
            }
            await replica.kill()
            replica.directory.remove()
        }
    }

    private func pending(_ fixture: Fixture) async throws -> Int { try await fixture.left().pending }

    @Test func `while the replica answers, calls of both kinds run, and their submissions are confirmed`() async throws {
        try await withReplica { setup in
            for again in [true, false] {
                for _ in 0..<20 {
                    let result = await setup.caller.call(setup.caller.job(setup.fixture.service, again: again))
                    #expect(result.kind == .ok)
                }
            }
            let barrier = try #require(setup.caller.queue.barrier)
            let ticket = barrier.ticket()
            try await eventually("the replica confirms") { barrier.isConfirmed(ticket) }
        }
    }

    @Test
    func `without the replica a call with side effects is delivered and not started, others are; it starts when it is back`()
        async throws
    {
        try await withReplica { setup in
            setup.replica.pause()
            let destructive = setup.caller.job(setup.fixture.service, "harm")
            async let held = setup.caller.call(destructive)
            try await eventually("it is delivered") { try await self.pending(setup.fixture) == 1 }
            for _ in 0..<5 {
                let harmless = setup.caller.job(setup.fixture.service, again: true)
                #expect(await setup.caller.call(harmless).kind == .ok)
            }
            let barrier = try #require(setup.caller.queue.barrier)
            #expect(!barrier.isConfirmed(barrier.ticket()))
            // Several rounds of waiting for the replica, and of comparing what is pending with what runs, start nothing.
            try await Task.sleep(for: .milliseconds(3500))
            let starts: () -> Int = {
                setup.worker.events.all.count { if case .started(destructive.id, _) = $0 { true } else { false } }
            }
            #expect(starts() == 0)
            setup.replica.resume()
            #expect(await held.kind == .ok)
            #expect(starts() == 1)
        }
    }

    @Test func `one that is not confirmed is found again after its connection is killed, and starts once`() async throws {
        try await withReplica { setup in
            setup.replica.pause()
            let job = setup.caller.job(setup.fixture.service)
            async let held = setup.caller.call(job)
            try await eventually("it is delivered") { try await self.pending(setup.fixture) == 1 }
            for _ in 0..<3 {
                let list = try await setup.fixture.execute("CLIENT", "LIST").string ?? ""
                for line in list.split(separator: "\n") where line.contains(" name=worker-jobs ") {
                    let id = line.split(separator: " ")[0].dropFirst("id=".count)
                    _ = try await setup.fixture.execute("CLIENT", "KILL", "ID", String(id))
                }
                try await eventually("it is connected again") {
                    try await setup.fixture.execute("CLIENT", "LIST").string?.contains(" name=worker-jobs ") == true
                }
            }
            setup.replica.resume()
            #expect(await held.kind == .ok)
            #expect(setup.worker.events.all.count { if case .started = $0 { true } else { false } } == 1)
            let left = try await setup.fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `one that is not confirmed ends at its deadline or when it is cancelled, and is never started`() async throws {
        try await withReplica { setup in
            setup.replica.pause()
            let late = await setup.caller.call(setup.caller.job(setup.fixture.service, timeout: 1500))
            #expect(late.kind == .timedOut)
            let cancelled = Task { await setup.caller.call(setup.caller.job(setup.fixture.service)) }
            try await eventually("it is delivered") { try await self.pending(setup.fixture) == 1 }
            cancelled.cancel()
            #expect(await cancelled.value.kind == .cancelled)
            setup.replica.resume()
            // Behind both.
            #expect(await setup.caller.call(setup.caller.job(setup.fixture.service)).kind == .ok)
            #expect(setup.worker.events.all.count { if case .started = $0 { true } else { false } } == 1)
        }
    }

    @Test func `a worker that is told to rest gives back what it did not start, at once, and takes it again when it resumes`()
        async throws
    {
        try await withReplica { setup in
            setup.replica.pause()
            async let held = setup.caller.call(setup.caller.job(setup.fixture.service))
            try await eventually("it is delivered") { try await self.pending(setup.fixture) == 1 }
            await setup.worker.queue.rest(true)
            // The replica is still away: nothing that it confirms gives it back.
            try await eventually("it is given back") {
                let left = try await setup.fixture.left()
                return left.entries == 1 && left.pending == 0
            }
            setup.replica.resume()
            await setup.worker.queue.rest(false)
            #expect(await held.kind == .ok)
            #expect(setup.worker.events.all.count { if case .started = $0 { true } else { false } } == 1)
        }
    }

    @Test func `a worker that drains gives back what it did not start`() async throws {
        try await withReplica { setup in
            setup.replica.pause()
            let job = setup.caller.job(setup.fixture.service)
            async let held = setup.caller.call(job)
            try await eventually("it is delivered") { try await self.pending(setup.fixture) == 1 }
            await setup.worker.stop()
            let left = try await setup.fixture.left()
            #expect(left.entries == 1 && left.pending == 0)
            setup.replica.resume()
            let next = try await TestWorker(
                setup.fixture.configuration,
                setup.fixture.options(),
                services: [setup.fixture.service]
            )
            #expect(await held.kind == .ok)
            await next.stop()
        }
    }
}
