import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

/// "Deadline", "The caller's deadline" and "Settle", on either platform.
@Suite(.timeLimit(.minutes(5))) struct EndingConformanceTests {
    @Test(arguments: Platform.allCases)
    func `S13: a job that nobody fetches ends at its deadline, and stats say so`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            let caller = try await space.caller()
            let outcome = try await caller.submit(caller.job(space.service, timeout: 30))
            #expect(outcome.kind == .timedOut && outcome.worker.isEmpty)
            #expect(Reason(payload: outcome.payload).phase == "waiting")
            #expect(Reason(payload: outcome.payload).message == "no answer within 0.03 s: the caller's deadline passed")
            #expect(try await space.stats()?.outcomes == [.timedOut: 1])
            #expect(try await space.depth().length == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: without a healthy session within the deadline a job is unavailable, with the service's state`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.unreachable, "npx: not found")
            let caller = try await space.caller()
            let outcome = try await caller.submit(caller.job(space.service, timeout: 20))
            #expect(outcome.kind == .unavailable)
            let reason = Reason(payload: outcome.payload)
            #expect(reason.message == "no healthy session to service 'svc' within 0.02 s: unreachable: npx: not found")
            #expect(reason.phase == "waiting")
            #expect(try await space.stats()?.outcomes == [.unavailable: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `a job that cannot be started within its limit for waiting is not run, long before its deadline`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            let caller = try await space.caller()
            var job = caller.job(space.service, timeout: 600_000)
            job.waitLimit = 60
            let outcome = try await caller.submit(job)
            let reason = Reason(payload: outcome.payload)
            #expect(outcome.kind == .timedOut && reason.phase == "waiting" && outcome.worker.isEmpty)
            #expect(reason.message == "it waited longer than its limit for waiting of 0.06 s and was not started")
            #expect(try await space.stats()?.outcomes == [.timedOut: 1])
            #expect(try await space.depth().length == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `a job that was started within its limit for waiting runs beyond it, also at a later start`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            var job = caller.job(space.service, timeout: 600_000, again: true)
            job.waitLimit = 1500
            let task = Task { [job] in await caller.call(job) }
            #expect(await worker.started(1))
            let first = try #require(worker.holding.first)
            #expect(first.job.waitLimit == 1500 && first.startBy != nil)
            try await eventually("the limit has passed", within: .seconds(20)) {
                worker.queue.clock(of: first.entry.origin).now() > (first.startBy ?? 0) + 300_000
            }
            worker.giveBack(first, attempt: 2)
            #expect(await worker.started(2))
            let second = try #require(worker.holding.first)
            #expect(second.job.attempt == 2 && second.startBy == nil)
            worker.finish(second)
            #expect(await task.value.kind == .ok)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a running job that passes its deadline ends for its caller, and its worker is told`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let job = caller.job(space.service, timeout: 1500)
            let task = Task { try await caller.submit(job) }
            // What reaches the worker too late is not started, and not cancelled.
            #expect(await worker.started(1))
            let outcome = try await task.value
            #expect(outcome.kind == .timedOut)
            #expect(Reason(payload: outcome.payload).phase == "running")
            #expect(outcome.worker == worker.queue.workerID)
            #expect(await worker.events.wait(count: 1) { if case .cancelled = $0 { true } else { false } })
            #expect(try await space.stats()?.outcomes == [.timedOut: 1])
            #expect(await worker.queue.running == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: the deadline counts from the first acceptance and is carried through moves`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service, timeout: 60_000, again: true)) }
            #expect(await worker.started(1))
            let first = try #require(worker.holding.first)
            #expect(abs(first.deadline - (first.job.submitted + 60_000_000)) < 5_000_000)
            worker.giveBack(first, attempt: 2)
            #expect(await worker.started(2))
            let second = try #require(worker.holding.first)
            #expect(second.entry != first.entry && second.deadline == first.deadline)
            #expect(second.job.attempt == 2 && second.job.id == first.job.id && second.job.mayRunAgain)
            worker.finish(second)
            guard case .success(let outcome) = await task.value else { return #expect(Bool(false), "no outcome") }
            #expect(outcome.kind == .ok && outcome.attempt == 2)
            let stats = try await space.stats()
            #expect(stats?.outcomes == [.ok: 1] && stats?.retries == 1)
            #expect(await worker.queue.running == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a job past its deadline is not started`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker()
            var job = caller.job(space.service, timeout: 20_000)
            // As one that was moved: its time began long ago.
            job.since = 1_000_000
            #expect(await caller.call(job).kind == .timedOut)
            #expect(await caller.call(caller.job(space.service)).kind == .ok)
            #expect(worker.events.all.count { if case .started = $0 { true } else { false } } == 1)
            #expect(try await space.stats()?.outcomes == [.ok: 1, .timedOut: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a cancelled task cancels a waiting job`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let task = Task { await caller.call(caller.job(space.service)) }
            try await space.waitForLength(1)
            task.cancel()
            let result = await task.value
            #expect(result.kind == .cancelled && result.text?.contains("waiting") == true)
            #expect(try await space.stats()?.outcomes == [.cancelled: 1])
            #expect(try await space.depth().length == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a cancelled task cancels a running job, on its worker too`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service)) }
            #expect(await worker.started(1))
            let entry = try #require(worker.holding.first?.entry)
            task.cancel()
            #expect(await task.value.kind == .cancelled)
            #expect(await worker.events.wait { $0.contains(.cancelled(entry)) })
            #expect(try await space.stats()?.outcomes == [.cancelled: 1])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a job that is cancelled before it is sent is not sent`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let job = caller.job(space.service)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await caller.call(job)
            }
            #expect(await task.value.code == .notAccepted)
            #expect(try await space.depth().length == 0)
            #expect(try await space.stats() == nil)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a job that was moved can still be ended by its caller, and its start counts`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service)) }
            #expect(await worker.started(1))
            await worker.queue.drain()
            worker.giveBack(try #require(worker.holding.first), attempt: 2)
            // Moved, and nobody has it.
            let end = ContinuousClock.now + .seconds(30)
            while try await space.depth().running != 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
            task.cancel()
            #expect(await task.value.kind == .cancelled)
            let stats = try await space.stats()
            #expect(stats?.outcomes == [.cancelled: 1] && stats?.retries == 1)
            #expect(try await space.depth().length == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a settlement that comes twice is dropped and frees one slot`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(slots: 4, run: { _ in nil })
            let task = Task { await caller.call(caller.job(space.service)) }
            #expect(await worker.started(1))
            let delivery = try #require(worker.holding.first)
            worker.finish(delivery)
            worker.finish(delivery, .toolError)
            worker.giveBack(delivery, attempt: 2)
            #expect(await task.value.kind == .ok)
            // Behind the others.
            let second = Task { await caller.call(caller.job(space.service)) }
            #expect(await worker.started(2))
            worker.finish(try #require(worker.holding.first))
            #expect(await second.value.kind == .ok)
            #expect(await worker.queue.running == 0)
            #expect(try await space.stats()?.outcomes == [.ok: 2])
        }
    }

    @Test(arguments: Platform.allCases, 0..<3)
    func `S13: of caller and worker who end one job exactly one does`(platform: Platform, seed: Int) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(slots: 64, run: { _ in nil })
            var random = SeededGenerator(seed: UInt64(seed))
            var kinds: [OutcomeKind: Int] = [:]
            for round in 1...20 {
                let tasks = (0..<16).map { _ in Task { await caller.call(caller.job(space.service)) } }
                #expect(await worker.started(round * 16))
                let held = worker.holding
                let cancelling = tasks.filter { _ in Bool.random(using: &random) }
                async let ends: Void = { for delivery in held { worker.finish(delivery) } }()
                for task in cancelling { task.cancel() }
                await ends
                for task in tasks { kinds[try #require(await task.value.kind), default: 0] += 1 }
            }
            #expect(kinds.values.reduce(0, +) == 320 && Set(kinds.keys).isSubset(of: [.ok, .cancelled]))
            #expect(try await space.stats()?.outcomes == kinds)
            let depth = try await space.depth()
            #expect(depth.length == 0 && depth.running == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: closing the caller's side ends its waiting callers only`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let (first, second) = (try await space.caller(), try await space.caller())
            let tasks = [first, second].map { caller in Task { await caller.call(caller.job(space.service)) } }
            try await space.waitForLength(2)
            await first.close()
            #expect(await tasks[0].value.code == .stopped)
            // Both are run: the job of the one that left, too.
            _ = try await space.worker()
            #expect(await tasks[1].value.kind == .ok)
            let end = ContinuousClock.now + .seconds(30)
            while try await space.stats()?.calls != 2, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try await space.stats()?.outcomes == [.ok: 2])
        }
    }
}
