import NIOCore
import Testing

@testable import MCPStoreQueue

/// "Outcomes, exactly one per accepted job", on either platform.
@Suite(.timeLimit(.minutes(5))) struct OutcomeConformanceTests {
    @Test(arguments: Platform.allCases)
    func `S13: a submitted job is run by a worker and its caller gets the outcome`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let (caller, worker) = (try await space.caller(), try await space.worker())
            let outcome = try await caller.submit(caller.job(space.service, "echo", #"{"a":1}"#))
            #expect(outcome.kind == .ok)
            #expect(String(buffer: outcome.payload) == #"{"a":1}"#)
            #expect(outcome.worker == "w" && outcome.finished > 0)
            #expect(outcome.waited == 5 && outcome.ran == 7 && outcome.attempt == 1)
            let stats = try #require(try await space.stats())
            #expect(stats.outcomes == [.ok: 1] && stats.retries == 0)
            #expect(stats.waiting == 5 && stats.running == 7)
            #expect(stats.firstCall == outcome.finished && stats.lastCall == outcome.finished)
            let depth = try await space.depth()
            #expect(depth.length == 0 && depth.running == 0)
            #expect(await worker.queue.running == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a thousand concurrent jobs get their own answers and stats equal the outcomes`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            _ = try await space.worker()
            let wrong = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let text = "{\"n\":\(number)}"
                        let lane: Lane = number % 5 == 0 ? .batch : .interactive
                        return await caller.call(caller.job(space.service, "echo", text, lane: lane)).text != text
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wrong == 0)
            let stats = try #require(try await space.stats())
            #expect(stats.outcomes == [.ok: 1000])
            #expect(stats.waiting == 5000 && stats.running == 7000)
            #expect(stats.waitingBuckets == [LatencyBuckets.bucket(microseconds: 5): 1000])
            #expect(stats.runningBuckets == [LatencyBuckets.bucket(microseconds: 7): 1000])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: every kind of outcome is counted under its name`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            _ = try await space.worker { delivery in
                Outcome(kind: OutcomeKind(rawValue: String(buffer: delivery.job.parameters)), payload: ByteBuffer(string: "{}"))
            }
            for (index, kind) in OutcomeKind.all.enumerated() {
                for _ in 0...index { #expect(await caller.call(caller.job(space.service, "echo", kind.rawValue)).kind == kind) }
            }
            let counted = Dictionary(uniqueKeysWithValues: OutcomeKind.all.enumerated().map { ($1, $0 + 1) })
            #expect(try await space.stats()?.outcomes == counted)
            // What never started has no times.
            #expect(try await space.stats()?.runningBuckets == [:])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: methods other than of tools count under their service`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            _ = try await space.worker()
            var job = caller.job(space.service, "file:///x")
            job.method = "resources/read"
            #expect(await caller.call(job).kind == .ok)
            #expect(try await space.stats("file:///x") == nil)
            #expect(try await space.serviceStats() == [.ok: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a tool that shares its name counts under its key`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            _ = try await space.worker()
            var job = caller.job(space.service, "echo")
            job.toolKey = "svc_echo"
            #expect(await caller.call(job).kind == .ok)
            #expect(try await space.stats("svc_echo")?.outcomes == [.ok: 1])
            #expect(try await space.stats("echo") == nil)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: large results arrive whole`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let text = String(repeating: "r", count: 3 << 20)
            let caller = try await space.caller()
            _ = try await space.worker { _ in Outcome(kind: .ok, payload: ByteBuffer(string: text)) }
            #expect(await caller.call(caller.job(space.service)).text == text)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: progress arrives in order and before the outcome`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let seen = Events<String>()
            let job = caller.job(space.service)
            let task = Task { try await caller.submit(job) { seen.add(String(buffer: $0)) }.kind }
            #expect(await worker.started(1))
            let delivery = try #require(worker.holding.first)
            for step in 1...3 {
                worker.queue.report(Progress(delivery, payload: ByteBuffer(string: "{\"progress\":\(step)}")))
            }
            #expect(await seen.wait(count: 3))
            #expect(seen.all == [1, 2, 3].map { "{\"progress\":\($0)}" })
            worker.finish(delivery)
            #expect(try await task.value == .ok)
            // Nobody hears of what comes after the end.
            worker.queue.report(Progress(delivery, payload: ByteBuffer(string: "late")))
            #expect(await caller.call(caller.job(space.service, timeout: 20)).kind == .timedOut)
            #expect(seen.all.count == 3)
        }
    }
}
