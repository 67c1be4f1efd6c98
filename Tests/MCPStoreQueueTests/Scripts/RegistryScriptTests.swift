import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct RegistryScriptTests {
    private func put(_ fixture: Fixture, _ services: (String, Int?)..., text: String = "{}") async throws -> [Int] {
        try await fixture.registry.put(
            services.map { (name: $0.0, configuration: ByteBuffer(string: text), expected: $0.1) },
            by: "me"
        )
    }

    private func code(_ body: () async throws -> Void) async throws -> QueueError.Code? {
        do {
            try await body()
            return nil
        } catch let error as QueueError {
            return error.code
        }
    }

    private func changes(_ fixture: Fixture) async throws -> [[String]] {
        try await fixture.entries(fixture.keys.changes).map { [$0["change"] ?? "", $0["service"] ?? "", $0["version"] ?? ""] }
    }

    private func tool(_ name: String) -> ToolListing {
        ToolListing(name: name, document: ByteBuffer(string: "{\"tool\":\"\(name)\"}"))
    }

    private func publish(_ fixture: Fixture, _ service: String, _ tools: String..., hash: String = "aa") async throws -> [String]?
    {
        try await fixture.registry.publish(
            tools.map(tool),
            of: service,
            cache: ByteBuffer(string: "{\"hash\":\"\(hash)\",\"x\":1}"),
            hash: hash
        )
    }

    // MARK: Services

    @Test func `an index of a wrong type stops all before anything is written`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.execute("DEL", fixture.keys.changes)
            _ = try await fixture.execute("SET", fixture.keys.changes, "x")
            #expect(try await code { _ = try await put(fixture, ("new", 0)) } == .redis)
            #expect(try await fixture.registry.service("new") == nil)
            #expect(try await fixture.registry.services().map(\.name) == ["svc"])
        }
    }

    // MARK: Removal

    @Test func `a removed service takes no job, ends what is queued, and leaves nothing once nothing of it runs`() async throws {
        try await withFixture { fixture in
            let caller = try await TestCaller(fixture.space, fixture.configuration)
            _ = try await publish(fixture, "svc", "t")
            let jobs = (0..<3).map { _ in caller.job(fixture.service, "t") }
            async let first = caller.call(jobs[0])
            while try await fixture.left().entries < 1 { await Task.yield() }
            try await fixture.deliver(to: "w1")
            async let second = caller.call(jobs[1])
            async let third = caller.call(jobs[2])
            while try await fixture.left().entries < 3 { await Task.yield() }
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            // One of them waits for a retry.
            let queued = try await recovery.queued(in: fixture.lane, limit: 1)
            let delay = queued.map { Settlement($0, .delay(reason: "", attempt: 2, deaths: 0, due: 1 << 50), claims: true) }
            #expect(try await recovery.settle(delay, in: fixture.space) == [.delayed])

            #expect(try await fixture.registry.remove("svc"))
            #expect(try await !fixture.registry.remove("svc"))
            #expect(await caller.call(caller.job(ServiceID(space: fixture.space, name: "svc2"), "t")).code == .rejected)
            let removed = try await recovery.removedServices(fixture.space)
            #expect(removed == ["svc": ["t"]])
            #expect(try await !recovery.bury(fixture.service, toolKeys: ["t"]))
            #expect(await second.kind == .unavailable)
            #expect(await third.kind == .unavailable)
            // Meanwhile another service claims the name: its stats are not to be deleted with the old ones.
            let running = try await recovery.pending(of: "w1", in: fixture.lane)
            #expect(
                try await fixture.settle(
                    running.map { Settlement($0, .end(Outcome(kind: .ok, payload: ByteBuffer(string: "{}")))) }
                ).count == 1
            )
            #expect(await first.kind == .ok)
            #expect(try await fixture.stats("t")?.outcomes == [.ok: 1, .unavailable: 2])
            _ = try await put(fixture, ("other", 0))
            #expect(try await publish(fixture, "other", "t") == ["t"])
            #expect(try await recovery.bury(fixture.service, toolKeys: ["t"]))
            #expect(try await fixture.stats("t")?.calls == 3)
            #expect(try await fixture.registry.remove("other"))
            #expect(try await recovery.bury(ServiceID(space: fixture.space, name: "other"), toolKeys: ["t"]))
            #expect(try await fixture.stats("t") == nil)
            #expect(try await recovery.removedServices(fixture.space).isEmpty)
            await caller.close()
            let names = try await fixture.execute("KEYS", "\(fixture.space):*").array?.compactMap(\.string) ?? []
            #expect(names == [fixture.keys.changes])
        }
    }

    @Test func `a service that is added again keeps its lanes and stats`() async throws {
        try await withFixture { fixture in
            _ = try await publish(fixture, "svc", "t")
            let job = Job(id: "j", service: fixture.service, name: "t", parameters: ByteBuffer(string: "{}"))
            _ = try await fixture.add(job)
            #expect(try await fixture.registry.remove("svc"))
            _ = try await put(fixture, ("svc", 0))
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            #expect(try await recovery.removedServices(fixture.space).isEmpty)
            #expect(
                try await fixture.evaluate(
                    Scripts.serviceBury,
                    [
                        fixture.keys.removed, fixture.lane.key, fixture.lane.key + ":batch", fixture.keys.config("svc"),
                        fixture.keys.tools,
                    ],
                    "svc"
                ).integer == 1
            )
            #expect(try await fixture.left().entries == 1)
        }
    }

    // MARK: States

    @Test func `views that this version cannot read do not hide the others`() async throws {
        try await withFixture { fixture in
            for (worker, text) in [
                ("w1", "nonsense"), ("w2", "{\"status\":null}"),
                ("w3", "{\"status\":\"healthy\",\"error\":null,\"reason\":7,\"stderr\":{}}"),
            ] {
                _ = try await fixture.execute("HSET", fixture.keys.state("svc"), "worker:" + worker, text)
            }
            let view = ServiceView(status: .warning, reason: "slow", pool: "p")
            #expect(try await fixture.registry.publish(view, of: "svc", worker: "w4") == .healthy)
            #expect(try await fixture.registry.publish(nil, of: "svc", worker: "w3") == .warning)
        }
    }
}
