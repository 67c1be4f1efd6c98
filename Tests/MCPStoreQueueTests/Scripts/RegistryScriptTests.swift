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

    @Test func `services are written all or none, with compare and set`() async throws {
        try await withFixture { fixture in
            #expect(try await put(fixture, ("a", 0), ("b", 0), text: #"{"k":[1, 2]}"#) == [2, 2])
            #expect(try await put(fixture, ("a", 2)) == [3])
            // One that is in the way stops all.
            #expect(try await code { _ = try await put(fixture, ("c", 0), ("b", 0)) } == .conflict)
            #expect(try await code { _ = try await put(fixture, ("c", nil), ("a", 2)) } == .conflict)
            #expect(try await fixture.registry.service("c") == nil)
            let b = try #require(try await fixture.registry.service("b"))
            #expect(b.version == 2 && b.by == "me" && String(buffer: b.configuration) == #"{"k":[1, 2]}"#)
            #expect(try await fixture.registry.services().map(\.name) == ["a", "b", "svc"])
            #expect(
                try await changes(fixture)
                    == [["service", "svc", "1"], ["service", "a", "2"], ["service", "b", "2"], ["service", "a", "3"]]
            )
        }
    }

    @Test func `of many who write one version, one does`() async throws {
        try await withFixture { fixture in
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { try await code { _ = try await put(fixture, ("svc", 1)) } == nil } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await fixture.registry.service("svc")?.version == 2)
        }
    }

    @Test func `an index of a wrong type stops all before anything is written`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.execute("DEL", fixture.keys.changes)
            _ = try await fixture.execute("SET", fixture.keys.changes, "x")
            #expect(try await code { _ = try await put(fixture, ("new", 0)) } == .redis)
            #expect(try await fixture.registry.service("new") == nil)
            #expect(try await fixture.registry.services().map(\.name) == ["svc"])
        }
    }

    @Test func `names and texts that need quoting survive`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.registry.put(
                [(name: "q", configuration: ByteBuffer(string: #"{"config":",\"config\":"}"#), expected: 0)],
                by: "\"me\"\n\\"
            )
            let document = try #require(try await fixture.registry.service("q"))
            #expect(document.by == "\"me\"\n\\")
            #expect(String(buffer: document.configuration) == #"{"config":",\"config\":"}"#)
        }
    }

    // MARK: Tools

    @Test func `a tool gets its own name, then the qualified one, then a last resort, and keeps what it has`() async throws {
        try await withFixture { fixture in
            _ = try await put(fixture, ("a", 0), ("b", 0), ("c", 0))
            #expect(try await publish(fixture, "a", "t", "only") == ["t", "only"])
            // Somebody's own tool has the name that would be the qualified one of b's.
            #expect(try await publish(fixture, "c", "b_t") == ["b_t"])
            #expect(try await publish(fixture, "b", "t", "x") == ["b_t~b", "x"])
            #expect(try await publish(fixture, "c", "b_t", "t") == ["b_t", "c_t"])
            #expect(
                try await fixture.registry.toolKeys()["b_t~b"] == ToolKey(service: "b", tool: "t")
            )
            // a goes, its names are free; those who have a key keep it.
            #expect(try await fixture.registry.remove("a"))
            #expect(try await publish(fixture, "b", "t", "x") == ["b_t~b", "x"])
            #expect(try await publish(fixture, "c", "only") == ["only"])
            let infos = try await fixture.registry.infos(["only", "b_t", "c_t", "t"])
            // What a service no longer offers has no info; its claim and its stats stay with it.
            #expect(infos.mapValues { String(buffer: $0) } == ["only": "{\"tool\":\"only\"}"])
            #expect(try await fixture.registry.toolKeys()["c_t"] == ToolKey(service: "c", tool: "t"))
            #expect(try await publish(fixture, "c", "only", "t") == ["only", "c_t"])
        }
    }

    @Test func `a tool that is listed twice is one tool`() async throws {
        try await withFixture { fixture in
            let keys = try await publish(fixture, "svc", "t", "t")
            #expect(keys == ["t", "t"])
            #expect(try await fixture.registry.toolKeys().count == 1)
        }
    }

    @Test func `tools change when their hash does, and those of a removed service are refused`() async throws {
        try await withFixture { fixture in
            _ = try await publish(fixture, "svc", "t", hash: "aa")
            _ = try await publish(fixture, "svc", "t", hash: "aa")
            _ = try await publish(fixture, "svc", "t", hash: "ab")
            #expect(try await changes(fixture).dropFirst() == [["tools", "svc", "aa"], ["tools", "svc", "ab"]])
            #expect(try await fixture.registry.remove("svc"))
            #expect(try await publish(fixture, "svc", "t", hash: "ac") == nil)
            #expect(
                try await fixture.registry.publish(ServiceView(status: .healthy, reason: "", pool: "p"), of: "svc", worker: "w")
                    == nil
            )
            #expect(try await fixture.execute("EXISTS", fixture.keys.cache("svc"), fixture.keys.state("svc")).integer == 0)
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

    @Test func `the state of a service is the best of its workers' views`() async throws {
        try await withFixture { fixture in
            let registry = fixture.registry
            let view = { (status: ServiceStatus, reason: String) in
                ServiceView(status: status, reason: reason, stderr: ["x", "y"], latency_us: 5, pool: "p")
            }
            #expect(try await registry.publish(view(.initializing, "starting"), of: "svc", worker: "w1") == .initializing)
            let first = try #require(try await registry.state("svc"))
            #expect(
                first.status == .initializing && first.reason == "starting" && first.stderr == ["x", "y"]
                    && first.latencyMicroseconds == 5
            )
            #expect(first.workers.keys.sorted() == ["w1"] && !first.since.isEmpty)
            #expect(try await registry.publish(view(.healthy, "fine"), of: "svc", worker: "w2") == .healthy)
            #expect(try await registry.publish(view(.unreachable, "no"), of: "svc", worker: "w1") == .healthy)
            let second = try #require(try await registry.state("svc"))
            #expect(second.reason == "fine" && second.workers.count == 2)
            // Nothing changes, nothing is told; since stays.
            let told = try await changes(fixture).count
            #expect(try await registry.publish(view(.healthy, "finer"), of: "svc", worker: "w2") == .healthy)
            #expect(try await changes(fixture).count == told)
            #expect(try await registry.state("svc")?.since == second.since)
            #expect(try await registry.publish(nil, of: "svc", worker: "w2") == .unreachable)
            #expect(try await registry.publish(nil, of: "svc", worker: "w1") == .disconnected)
            #expect(try await registry.state("svc")?.workers.isEmpty == true)
            let states = try await changes(fixture).filter { $0[0] == "state" }.map { $0[2] }
            #expect(states == ["initializing", "healthy", "unreachable", "disconnected"])
        }
    }

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
