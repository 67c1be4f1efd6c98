import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

/// Faults of Redis and of connections to it, under load. What holds after each: every accepted job has one outcome, stats
/// equal the outcomes, nobody waits for ever, and everybody consumes again.
@Suite struct RedisFaultTests {
    private func kill(_ fixture: Fixture, _ name: String) async throws -> Int {
        let list = try await fixture.execute("CLIENT", "LIST").string ?? ""
        var killed = 0
        for line in list.split(separator: "\n") where line.contains(" name=\(name) ") {
            guard let id = line.split(separator: " ").first?.dropFirst("id=".count) else { continue }
            killed += try await fixture.execute("CLIENT", "KILL", "ID", String(id)).integer ?? 0
        }
        return killed
    }

    /// Calls that were answered, by what came of them.
    private func load(
        _ caller: TestCaller,
        _ fixture: Fixture,
        calls: Int,
        parallel: Int,
        done: Events<Result<Outcome, QueueError>>
    ) async {
        let next = NIOLockedValueBox(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<parallel {
                group.addTask {
                    while next.withLockedValue({ number in
                        number += 1; return number
                    }) <= calls {
                        done.add(await caller.call(caller.job(fixture.service)))
                    }
                }
            }
        }
    }

    @Test(arguments: ["worker", "worker-jobs", "worker-control", "inbox", "caller"])
    func `a connection that is killed again and again costs nothing but time`(name: String) async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let done = Events<Result<Outcome, QueueError>>()
                async let loading: Void = load(caller, fixture, calls: 600, parallel: 12, done: done)
                for count in [50, 200, 400] {
                    #expect(await done.wait(count: count))
                    _ = try await kill(fixture, name)
                }
                await loading
                let answered = done.all.count { $0.kind == .ok }
                let refused = done.all.count { $0.code == .notAccepted }
                #expect(done.all.count == 600)
                #expect(answered + refused == 600, "\(done.all.filter { $0.kind != .ok && $0.code != .notAccepted })")
                if name != "caller" { #expect(refused == 0) }
                // Nothing ran that its caller was told did not run, and nothing ran twice.
                await worker.queue.stop()
                #expect(try await fixture.stats()?.outcomes == [.ok: answered])
                let starts = worker.events.all.compactMap { if case .started(let id, _) = $0 { id } else { nil } }
                #expect(Set(starts).count == starts.count && starts.count == answered)
                #expect(try await fixture.left().entries == 0)
                await caller.close()
                await worker.crash()
            }
        }
    }

    @Test func `jobs that were delivered into a dead connection are started by the next one`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
                // As if the reply to its read had been lost: an entry is its own and it does not know of it.
                let id = worker.queue.workerID
                let job = caller.job(fixture.service)
                _ = try await fixture.execute("CLIENT", "PAUSE", "300", "WRITE")
                let task = Task { await caller.call(job) }
                _ = try await kill(fixture, "worker-jobs")
                var command = RedisCommand("XREADGROUP", "GROUP", JobGroup.name, id, "COUNT", "1", "BLOCK", "5000", "STREAMS")
                command.append(fixture.lane.key)
                command.append(">")
                _ = try await fixture.client.execute(command, timeout: .seconds(10))
                #expect(await task.value.kind == .ok)
                #expect(try await fixture.stats()?.outcomes == [.ok: 2])
                await caller.close()
                await worker.stop()
            }
        }
    }

    @Test func `flushing everything under load ends every call, and the next ones work`() async throws {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(
                    fixture.configuration,
                    fixture.options(lease: .milliseconds(900)),
                    services: [fixture.service]
                )
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let done = Events<Result<Outcome, QueueError>>()
                async let loading: Void = load(caller, fixture, calls: 2000, parallel: 16, done: done)
                #expect(await done.wait(count: 200))
                _ = try await fixture.execute("FLUSHALL")
                await loading
                for result in done.all where result.kind != .ok {
                    let expected: [QueueError.Code] = [.unknown, .rejected, .notAccepted]
                    #expect(result.code.map(expected.contains) == true, "\(result)")
                }
                // Its owner writes the service back; the worker registers under a new id.
                _ = try await fixture.registry.put(
                    [(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)],
                    by: "test"
                )
                #expect(await worker.events.wait(count: 2) { if case .registered = $0 { true } else { false } })
                #expect(worker.events.all.contains(.leaseLost))
                await worker.queue.open(fixture.service, limit: 100)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
                await caller.close()
                await worker.stop()
            }
        }
    }

    @Test func `a lease that was taken away is never used again`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(lease: .milliseconds(600)),
                services: [fixture.service],
                run: { $0.job.name == "hold" ? nil : Outcome(kind: .ok, payload: ByteBuffer(string: "{}")) }
            )
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let held = Task { await caller.call(caller.job(fixture.service, "hold")) }
            #expect(await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } })
            let old = worker.queue.workerID
            _ = try await fixture.execute("ZREM", fixture.pool.leases, old)
            #expect(await worker.events.wait { $0.contains(.leaseLost) })
            #expect(await worker.events.wait(count: 2) { if case .registered = $0 { true } else { false } })
            let new = worker.queue.workerID
            #expect(new != old)
            // Every lane that it reads is recorded under the new id, without anybody asking.
            #expect(try await fixture.execute("SISMEMBER", fixture.pool.streams(new), fixture.lane.member).integer == 1)
            #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
            // A call that will not be run again goes on, and its answer may still win: nobody settled it.
            let delivery = try #require(worker.holding.first)
            worker.finish(delivery)
            #expect(await held.value.kind == .ok)
            #expect(!worker.events.all.contains(.cancelled(delivery.entry)))
            #expect(try await fixture.stats("hold")?.outcomes == [.ok: 1])
            await caller.close()
            await worker.stop()
            #expect(
                try await fixture.execute(
                    "EXISTS",
                    fixture.pool.worker(new),
                    fixture.pool.streams(new),
                    fixture.pool.control(new),
                    fixture.pool.ring(new)
                ).integer == 0
            )
        }
    }

    @Test func `a group that is destroyed is made anew and the worker goes on`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            for _ in 0..<5 {
                _ = try await fixture.execute("XGROUP", "DESTROY", fixture.lane.key, JobGroup.name)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
                _ = try await fixture.execute("DEL", fixture.lane.key)
                #expect(await caller.call(caller.job(fixture.service)).kind == .ok)
            }
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `a key of a wrong type in place of one lane does not stop the others`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: [fixture.service])
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            let other = ServiceID(space: fixture.space, name: "other")
            _ = try await fixture.registry.put(
                [(name: "other", configuration: ByteBuffer(string: "{}"), expected: nil)],
                by: "test"
            )
            _ = try await fixture.execute("SET", LaneID(service: other, lane: .interactive).key, "x")
            await worker.queue.open(other, limit: 10)
            for _ in 0..<20 { #expect(await caller.call(caller.job(fixture.service)).kind == .ok) }
            #expect(await caller.call(caller.job(other)).code == .notAccepted)
            await caller.close()
            await worker.stop()
        }
    }

    @Test func `garbage in a lane is thrown out and hurts nobody`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(fixture.configuration, fixture.options(slots: 4), services: [fixture.service])
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            for number in 0..<20 { _ = try await fixture.execute("XADD", fixture.lane.key, "*", "garbage", "\(number)") }
            for _ in 0..<20 { #expect(await caller.call(caller.job(fixture.service)).kind == .ok) }
            #expect(await worker.queue.running == 0)
            await caller.close()
            await worker.stop()
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
        }
    }

    @Test func `a Redis that is killed and comes back from its log loses no accepted job`() async throws {
        var options = RedisServer.Options()
        options.appendOnly = true
        try await withRedisServer(options) { server in
            try await withFixture(server, socketTimeout: .seconds(10)) { fixture in
                let worker = try await TestWorker(
                    fixture.configuration,
                    fixture.options(lease: .seconds(60)),
                    services: [fixture.service]
                )
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let done = Events<Result<Outcome, QueueError>>()
                async let loading: Void = load(caller, fixture, calls: 900, parallel: 12, done: done)
                for count in [100, 500] {
                    #expect(await done.wait(count: count))
                    await server.kill()
                    try await server.restart()
                }
                await loading
                let answered = done.all.count { $0.kind == .ok }
                let refused = done.all.count { $0.code == .notAccepted }
                #expect(answered + refused == 900, "\(done.all.filter { $0.kind != .ok && $0.code != .notAccepted })")
                await worker.queue.stop()
                #expect(try await fixture.stats()?.outcomes == [.ok: answered])
                let starts = worker.events.all.compactMap { if case .started(let id, _) = $0 { id } else { nil } }
                #expect(Set(starts).count == starts.count && starts.count == answered)
                await caller.close()
                await worker.crash()
            }
        }
    }

    @Test func `a frozen Redis ends calls as unknown or not accepted, never later than promised`() async throws {
        try await withRedisServer { server in
            try await withFixture(server, socketTimeout: .milliseconds(300)) { fixture in
                let worker = try await TestWorker(
                    fixture.configuration,
                    fixture.options(),
                    services: [fixture.service],
                    run: { _ in nil }
                )
                let caller = try await TestCaller(fixture.space, fixture.configuration)
                let accepted = Task { await caller.call(caller.job(fixture.service, timeout: 600_000)) }
                #expect(await worker.events.wait(count: 1) { if case .started = $0 { true } else { false } })
                server.pause()
                let late = Task { await caller.call(caller.job(fixture.service, timeout: 100)) }
                accepted.cancel()
                #expect(await accepted.value.code == .unknown)
                #expect(await late.value.code == .unknown)
                server.resume()
                await caller.close()
                await worker.crash()
            }
        }
    }
}
