import NIOCore
import Testing

@testable import MCPStoreQueue

/// "Fetch", "Accepted" and its limits, on either platform.
@Suite(.timeLimit(.minutes(5))) struct FetchConformanceTests {
    @Test(arguments: Platform.allCases)
    func `S13: batch work leaves slots to interactive work`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker(slots: 8, limit: 7) { delivery in
                delivery.job.lane == .batch ? nil : Outcome(kind: .ok, payload: delivery.job.parameters)
            }
            let batch = (0..<20).map { _ in caller.job(space.service, "slow", lane: .batch) }
            let tasks = batch.map { job in Task { await caller.call(job) } }
            #expect(await worker.started(6))
            for _ in 0..<50 { #expect(await caller.call(caller.job(space.service)).kind == .ok) }
            #expect(worker.holding.count == 6)
            // A slot that becomes free is used at once.
            let ids = Set(batch.map(\.id))
            for finished in 0..<20 {
                let expected = min(finished + 6, 20)
                #expect(
                    await worker.events.wait { events in
                        events.count { if case .started(let id, _) = $0 { ids.contains(id) } else { false } } >= expected
                    }
                )
                worker.finish(try #require(worker.holding.first))
                #expect(worker.holding.count <= 6)
            }
            for task in tasks { #expect(await task.value.kind == .ok) }
            #expect(try await space.stats("slow")?.outcomes == [.ok: 20])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a worker has no more jobs of a service than its limit, and no more than its slots`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            _ = try await space.registry.put([(name: "other", configuration: ByteBuffer(string: "{}"), expected: 0)], by: "test")
            let other = ServiceID(space: space.space, name: "other")
            let caller = try await space.caller()
            let worker = try await space.worker(slots: 6, limit: 4, services: [space.service, other], run: { _ in nil })
            let tasks = (0..<12).map { number in
                Task { await caller.call(caller.job(number.isMultiple(of: 2) ? space.service : other)) }
            }
            for done in 0..<12 {
                #expect(await worker.started(done == 0 ? 6 : done + 1))
                let held = worker.holding
                #expect(held.count <= 6)
                for service in [space.service, other] { #expect(held.count { $0.job.service == service } <= 4) }
                worker.finish(try #require(held.first))
            }
            for task in tasks { #expect(await task.value.kind == .ok) }
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: jobs of a service that is closed wait until it is opened`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let worker = try await space.worker()
            #expect(await caller.call(caller.job(space.service)).kind == .ok)
            await worker.queue.close(space.service)
            // Over Redis a read that is in place already may bring one more.
            let end = ContinuousClock.now + .seconds(20)
            while await caller.call(caller.job(space.service, timeout: 100)).kind == .ok, ContinuousClock.now < end {}
            let started = worker.events.all.count { if case .started = $0 { true } else { false } }
            let tasks = (0..<5).map { _ in Task { await caller.call(caller.job(space.service)) } }
            try await space.waitForLength(5)
            #expect(worker.events.all.count { if case .started = $0 { true } else { false } } == started)
            await worker.queue.open(space.service, limit: 2)
            for task in tasks { #expect(await task.value.kind == .ok) }
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: jobs submitted before the first worker are run by it`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let tasks = (0..<300).map { _ in Task { await caller.call(caller.job(space.service)) } }
            try await space.waitForLength(300)
            let worker = try await space.worker()
            for task in tasks { #expect(await task.value.kind == .ok) }
            #expect(await worker.queue.isReady)
            #expect(try await space.depth().oldestWait == nil)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: a draining worker leaves its queue to another, and nothing counts as an attempt`(
        platform: Platform
    ) async throws {
        try await withPlatform(platform) { space in
            let caller = try await space.caller()
            let first = try await space.worker(slots: 4, run: { _ in nil })
            let tasks = (0..<40).map { _ in Task { await caller.call(caller.job(space.service)) } }
            #expect(await first.started(4))
            await first.queue.drain()
            #expect(await !first.queue.isReady)
            let second = try await space.worker()
            #expect(await second.started(36))
            for delivery in first.holding { first.giveBack(delivery, attempt: delivery.job.attempt) }
            for task in tasks {
                let result = await task.value
                #expect(result.kind == .ok)
                if case .success(let outcome) = result { #expect(outcome.attempt == 1) }
            }
            let stats = try await space.stats()
            #expect(stats?.outcomes == [.ok: 40] && stats?.retries == 0)
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: many services share a worker, and none is overlooked`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            let names = (0..<6).map { "s\($0)" }
            let configurations = names.map { (name: $0, configuration: ByteBuffer(string: "{}"), expected: Int?.none) }
            _ = try await space.registry.put(configurations, by: "test")
            let services = names.map { ServiceID(space: space.space, name: $0) }
            let caller = try await space.caller()
            _ = try await space.worker(slots: 8, services: services)
            await withTaskGroup(of: Void.self) { group in
                for service in services {
                    for lane in Lane.allCases {
                        group.addTask { #expect(await caller.call(caller.job(service, lane: lane)).kind == .ok) }
                    }
                }
            }
            #expect(try await space.stats()?.outcomes == [.ok: 12])
        }
    }

    @Test(arguments: Platform.allCases)
    func `S13: refusals are no outcomes and leave no trace`(platform: Platform) async throws {
        try await withPlatform(platform) { space in
            try await space.setState(.healthy, "fine")
            var limits = CallerLimits()
            limits.jobsInFlight = 3
            limits.bytesInFlight = 150
            limits.largestParameters = 100
            limits.queuedPerLane = 2
            let caller = try await space.caller(limits: limits)
            let large = caller.job(space.service, "echo", String(repeating: "x", count: 101))
            #expect(await caller.call(large).code == .rejected)
            let unknown = ServiceID(space: space.space, name: "nobody")
            #expect(await caller.call(caller.job(unknown)).code == .rejected)
            #expect(try await space.stats() == nil)
            // Bytes in flight.
            let wide = Task { await caller.call(caller.job(space.service, "wide", String(repeating: "x", count: 100))) }
            try await space.waitForLength(1)
            let more = caller.job(space.service, "echo", String(repeating: "x", count: 60))
            #expect(await caller.call(more).code == .busy)
            wide.cancel()
            #expect(await wide.value.kind == .cancelled)
            // The lane; over Redis its length is asked for at most every 100 ms.
            let first = Task { await caller.call(caller.job(space.service, "slow", timeout: 3000)) }
            let second = Task { await caller.call(caller.job(space.service, "slow", timeout: 3000)) }
            try await space.waitForLength(2)
            let end = ContinuousClock.now + .seconds(2)
            var code: QueueError.Code?
            while code != .busy, ContinuousClock.now < end {
                code = await caller.call(caller.job(space.service, "late", timeout: 20)).code
            }
            #expect(code == .busy)
            #expect(await first.value.kind == .timedOut)
            #expect(await second.value.kind == .timedOut)
            #expect(try await space.stats("slow")?.outcomes == [.timedOut: 2])
            // All that was in flight is given back.
            _ = try await space.worker()
            var result = await caller.call(caller.job(space.service))
            while result.code == .busy, ContinuousClock.now < end + .seconds(30) {
                result = await caller.call(caller.job(space.service))
            }
            #expect(result.kind == .ok)
        }
    }
}
