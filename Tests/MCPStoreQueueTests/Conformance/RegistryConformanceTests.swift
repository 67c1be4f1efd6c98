import NIOCore
import Testing

@testable import MCPStoreQueue

/// The registry of a space, on either platform.
@Suite(.timeLimit(.minutes(5))) struct RegistryConformanceTests {
    private func put(_ space: Conformer, _ services: (String, Int?)..., text: String = "{}") async throws -> [Int] {
        try await space.registry.put(
            services.map { (name: $0.0, configuration: ByteBuffer(string: text), expected: $0.1) },
            by: "me"
        )
    }

    private func error(_ body: () async throws -> Void) async throws -> QueueError? {
        do {
            try await body()
            return nil
        } catch let error as QueueError {
            return error
        }
    }

    private func publish(_ space: Conformer, _ service: String, _ tools: String..., hash: String = "aa") async throws -> [String]?
    {
        try await space.registry.publish(
            tools.map { ToolListing(name: $0, document: ByteBuffer(string: "{\"tool\":\"\($0)\"}")) },
            of: service,
            cache: ByteBuffer(string: "{\"hash\":\"\(hash)\",\"x\":1}"),
            hash: hash
        )
    }

    // MARK: Services

    @Test(arguments: Platform.allCases)
    func `S13: services are written all or none, with compare and set`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            #expect(try await put(space, ("a", 0), ("b", 0), text: #"{"k":[1, 2]}"#) == [2, 2])
            #expect(try await put(space, ("a", 2)) == [3])
            // One that is in the way stops all.
            let exists = try await error { _ = try await put(space, ("c", 0), ("b", 0)) }
            #expect(exists?.code == .conflict)
            #expect(exists?.message == "there is a service 'b' already: remove it first, or update it")
            let changed = try await error { _ = try await put(space, ("c", nil), ("a", 2)) }
            #expect(changed?.code == .conflict)
            #expect(changed?.message.contains("'a' was changed by somebody else meanwhile (version 3, not 2)") == true)
            #expect(try await space.registry.service("c") == nil)
            let b = try #require(try await space.registry.service("b"))
            #expect(b.version == 2 && b.by == "me" && String(buffer: b.configuration) == #"{"k":[1, 2]}"#)
            #expect(b.updated.hasPrefix("20") && b.updated.hasSuffix("Z"))
            #expect(try await space.registry.services().map(\.name) == ["a", "b", "svc"])
            #expect(try await put(space, ("a", nil)) == [4])
            #expect(try await space.changes() == [["service", "a"], ["service", "b"], ["service", "a"], ["service", "a"]])
        }
    }

    @Test(arguments: Platform.allCases)
    func `what an operator tells a service is written with compare and set, and outlives its configuration`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            let registry = space.registry
            #expect(try await registry.hold("nobody", .paused, expected: 1, by: "op") == nil)
            let version = try #require(try await put(space, ("a", 0), text: #"{"k":[1, 2]}"#).first)
            #expect(try await registry.service("a")?.hold == nil)
            #expect(try await registry.hold("a", .paused, expected: version, by: "op") == version + 1)
            let paused = try #require(try await registry.service("a"))
            #expect(paused.hold == .paused && paused.by == "op" && paused.version == version + 1)
            #expect(String(buffer: paused.configuration) == #"{"k":[1, 2]}"#)
            let late = try await error { _ = try await registry.hold("a", .draining, expected: version, by: "op") }
            #expect(late?.code == .conflict)
            #expect(try await put(space, ("a", version + 1), text: #"{"k":"\"hold\":\"draining\""}"#) == [version + 2])
            #expect(try await registry.service("a")?.hold == .paused)
            #expect(try await registry.hold("a", .draining, expected: version + 2, by: "op") == version + 3)
            #expect(try await registry.services().first { $0.name == "a" }?.hold == .draining)
            #expect(try await registry.hold("a", nil, expected: version + 3, by: "op") == version + 4)
            let runs = try #require(try await registry.service("a"))
            #expect(runs.hold == nil && String(buffer: runs.configuration) == #"{"k":"\"hold\":\"draining\""}"#)
            #expect(try await space.changes().count { $0 == ["service", "a"] } == 5)
            _ = try await registry.hold("a", .paused, expected: version + 4, by: "op")
            _ = try await registry.remove("a")
            _ = try await put(space, ("a", 0))
            #expect(try await registry.service("a")?.hold == nil)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S16: who has read a service neither overwrites nor removes another that took its place`(platform: Platform) async throws
    {
        try await withPlatform(platform) { space in
            let read = try await put(space, ("a", 0))[0]
            #expect(try await space.registry.remove("a", expected: read))
            #expect(try await !space.registry.remove("a", expected: read))
            let again = try await put(space, ("a", 0))[0]
            #expect(again > read)
            #expect(try await error { _ = try await put(space, ("a", read)) }?.code == .conflict)
            let stale = try await error { _ = try await space.registry.remove("a", expected: read) }
            #expect(stale?.code == .conflict)
            #expect(stale?.message == "the service 'a' was changed by somebody else meanwhile: it was not removed")
            #expect(try await space.registry.service("a")?.version == again)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: of many who write one version, one does`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await error { _ = try await put(space, ("svc", 1)) }?.code != .conflict }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await space.registry.service("svc")?.version == 2)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: names and texts that need quoting survive`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await space.registry.put(
                [(name: "q", configuration: ByteBuffer(string: #"{"config":",\"config\":"}"#), expected: 0)],
                by: "\"me\"\n\\"
            )
            let document = try #require(try await space.registry.service("q"))
            #expect(document.by == "\"me\"\n\\")
            #expect(String(buffer: document.configuration) == #"{"config":",\"config\":"}"#)
        }
    }

    // MARK: Tools

    @Test(arguments: Platform.allCases)
    func `S13: a tool gets its own name, then the qualified one, then a last resort, and keeps what it has`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            _ = try await put(space, ("a", 0), ("b", 0), ("c", 0))
            #expect(try await publish(space, "a", "t", "only") == ["t", "only"])
            // Somebody's own tool has the name that would be the qualified one of b's.
            #expect(try await publish(space, "c", "b_t") == ["b_t"])
            #expect(try await publish(space, "b", "t", "x") == ["b_t~b", "x"])
            #expect(try await publish(space, "c", "b_t", "t") == ["b_t", "c_t"])
            #expect(try await space.registry.toolKeys()["b_t~b"] == ToolKey(service: "b", tool: "t"))
            // a goes, its names are free; those who have a key keep it.
            #expect(try await space.remove("a"))
            #expect(try await publish(space, "b", "t", "x") == ["b_t~b", "x"])
            #expect(try await publish(space, "c", "only") == ["only"])
            let infos = try await space.registry.infos(["only", "b_t", "c_t", "t"])
            // What a service no longer offers has no info; its claim and its stats stay with it.
            #expect(infos.mapValues { String(buffer: $0) } == ["only": "{\"tool\":\"only\"}"])
            #expect(try await space.registry.toolKeys()["c_t"] == ToolKey(service: "c", tool: "t"))
            #expect(try await publish(space, "c", "only", "t") == ["only", "c_t"])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a service takes its own tools with it, whatever those of others are called`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await put(space, ("a", 0), ("ab", 0), ("b", 0))
            // Names that look like claims of the service that goes.
            let odd = [#""service":"a""#, #"{"service":"a","tool":"x"}"#, "a"]
            #expect(try await publish(space, "ab", odd[0]) == [odd[0]])
            #expect(try await publish(space, "b", odd[1], odd[2]) == [odd[1], odd[2]])
            #expect(try await publish(space, "a", "mine", "a") == ["mine", "a_a"])
            #expect(try await publish(space, "a", "mine") == ["mine"])
            #expect(try await space.remove("a"))
            let left = try await space.registry.toolKeys()
            #expect(Set(left.values.map(\.service)) == ["ab", "b"] && Set(left.keys) == Set(odd), "\(left)")
            #expect(try await space.registry.infos(odd).count == 3)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a tool that is listed twice is one tool`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let keys = try await publish(space, "svc", "t", "t")
            #expect(keys == ["t", "t"])
            #expect(try await space.registry.toolKeys().count == 1)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: tools change when their hash does, and those of a removed service are refused`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await publish(space, "svc", "t", hash: "aa")
            _ = try await publish(space, "svc", "t", hash: "aa")
            _ = try await publish(space, "svc", "t", hash: "ab")
            #expect(try await space.changes() == [["tools", "svc"], ["tools", "svc"]])
            let caches = try await space.registry.caches(["svc", "nobody"])
            #expect(caches.mapValues { String(buffer: $0) } == ["svc": "{\"hash\":\"ab\",\"x\":1}"])
            #expect(try await space.remove("svc"))
            #expect(try await publish(space, "svc", "t", hash: "ac") == nil)
            let view = ServiceView(status: .healthy, reason: "", pool: "p")
            #expect(try await space.registry.publish(view, of: "svc", worker: "w") == nil)
            #expect(try await space.registry.caches(["svc"]).isEmpty)
            #expect(try await space.registry.state("svc") == nil)
            #expect(try await space.changes().last == ["removed", "svc"])
        }
    }

    // MARK: Removal

    @Test(arguments: Platform.allCases)
    func `S13: removing a service refuses new jobs, settles queued ones, lets running ones finish`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            _ = try await publish(space, "svc", "t")
            let caller = try await space.caller()
            let worker = try await space.worker(limit: 1, run: { _ in nil })
            let tasks = (0..<4).map { _ in Task { await caller.call(caller.job(space.service, "t")) } }
            #expect(await worker.started(1))
            try await space.waitForLength(4)
            let running = try #require(worker.holding.first)

            #expect(try await space.remove("svc"))
            #expect(try await !space.remove("svc"))
            var results: [OutcomeKind: Int] = [:]
            // Over Redis the lane is there while one of its jobs runs, and takes what a store that knows nothing sends.
            if platform == .memory { #expect(await caller.call(caller.job(space.service, "t")).code == .rejected) }
            // Meanwhile another service claims the name: its stats are not to be deleted with the old ones.
            worker.finish(running)
            for task in tasks {
                let result = await task.value
                results[try #require(result.kind), default: 0] += 1
                if result.kind == .unavailable {
                    #expect(result.text?.contains("the service 'svc' was removed") == true)
                }
            }
            #expect(results == [.ok: 1, .unavailable: 3])
            try await space.bury("svc", ["t"])
            #expect(try await space.stats("t") == nil)
            #expect(try await space.depth().length == 0)
            #expect(await caller.call(caller.job(space.service, "t")).code == .rejected)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: the stats of a tool key that another service claimed meanwhile stay`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await publish(space, "svc", "t")
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service, "t")) }
            #expect(await worker.started(1))
            #expect(try await space.remove("svc"))
            _ = try await put(space, ("other", 0))
            #expect(try await publish(space, "other", "t") == ["t"])
            worker.finish(try #require(worker.holding.first))
            #expect(await task.value.kind == .ok)
            try await space.bury("svc", ["t"])
            #expect(try await space.stats("t")?.outcomes == [.ok: 1])
            #expect(try await space.remove("other"))
            #expect(try await space.stats("t") == nil)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a service that is added again while a job of it runs keeps its stats`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            _ = try await publish(space, "svc", "t")
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service, "t")) }
            #expect(await worker.started(1))
            #expect(try await space.remove("svc"))
            #expect(try await put(space, ("svc", 0))[0] > 1)
            worker.finish(try #require(worker.holding.first))
            #expect(await task.value.kind == .ok)
            #expect(try await space.stats("t")?.outcomes == [.ok: 1])
        }
    }

    // MARK: States

    @Test(arguments: Platform.allCases)
    func `S13: the state of a service is the best of its workers' views`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let registry = space.registry
            let view = { (status: ServiceStatus, reason: String) in
                ServiceView(status: status, reason: reason, stderr: ["x", "y"], latency_us: 5, pool: "p")
            }
            #expect(try await registry.state("svc") == nil)
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
            let told = try await space.changes().count
            #expect(try await registry.publish(view(.healthy, "finer"), of: "svc", worker: "w2") == .healthy)
            #expect(try await space.changes().count == told)
            #expect(try await registry.states(["svc", "nobody"]).mapValues(\.since) == ["svc": second.since])
            #expect(try await registry.publish(nil, of: "svc", worker: "w2") == .unreachable)
            #expect(try await registry.publish(nil, of: "svc", worker: "w1") == .disconnected)
            let last = try #require(try await registry.state("svc"))
            #expect(last.workers.isEmpty && last.reason == "no worker hosts this service" && last.stderr.isEmpty)
            #expect(try await space.changes() == Array(repeating: ["state", "svc"], count: 4))
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a worker that follows a space hears of written configurations only`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let worker = try await space.worker()
            let heard = Events<ServiceID>()
            worker.queue.follow(space.space, onChange: { heard.add($0) })
            // Where the stream ends now is asked for first.
            let end = ContinuousClock.now + .seconds(30)
            while heard.all.isEmpty, ContinuousClock.now < end {
                _ = try await put(space, ("first", nil))
                try await Task.sleep(for: .milliseconds(2))
            }
            _ = try await publish(space, "svc", "t")
            _ = try await space.remove("svc")
            _ = try await put(space, ("last", 0))
            let last = ServiceID(space: space.space, name: "last")
            #expect(await heard.wait { $0.contains(last) })
            #expect(Set(heard.all.map(\.name)) == ["first", "last"])
        }
    }
}
