import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct `Admission` {
    @Test func `how long to wait follows from how fast a full queue moves, within bounds`() {
        var gauge = DepthGauge()
        #expect(gauge.retryAfter(limit: 100) == DepthGauge.unknownRetryAfter)
        gauge.ask(now: 0)
        gauge.answered(length: 100, now: 0)
        // 50 of ours in a second, and the queue has not grown: 50 a second.
        for _ in 0..<50 { gauge.submit() }
        gauge.ask(now: 1_000_000)
        gauge.answered(length: 100, now: 1_000_000)
        #expect(gauge.length == 100)
        #expect(gauge.retryAfter(limit: 100) == 200)
        #expect(gauge.retryAfter(limit: 50) == 1100)
        #expect(gauge.retryAfter(limit: 1) == DepthGauge.retryAfter.lowerBound + 1900)
        // What is submitted behind a question belongs to the next one.
        gauge.ask(now: 2_000_000)
        for _ in 0..<30 { gauge.submit() }
        gauge.answered(length: 100, now: 2_000_000)
        gauge.ask(now: 3_000_000)
        gauge.answered(length: 130, now: 3_000_000)
        #expect(gauge.retryAfter(limit: 100) > 200)
        var slow = DepthGauge()
        slow.answered(length: 1_000_000, now: 0)
        slow.submit()
        slow.ask(now: 1_000_000)
        slow.answered(length: 1_000_000, now: 1_000_000)
        #expect(slow.retryAfter(limit: 1000) == DepthGauge.retryAfter.upperBound)
    }

    @Test func `a look at a space adds up its lanes, one look at a time`() {
        var depth = SpaceDepth()
        #expect(depth.admit(1, limit: 8, now: 5) == .unknown(pause: 0))
        #expect(depth.begin(lanes: 2, now: 5) == true)
        #expect(depth.begin(lanes: 2, now: 6) == false)
        #expect(depth.answered(length: 3, now: 10) == false)
        #expect(depth.admit(1, limit: 8, now: 10) == .unknown(pause: 0))
        #expect(depth.answered(length: 4, now: 11) == true)
        #expect(depth.admit(1, limit: 8, now: 12) == .admitted)
        // Its own one fills the space: it may have ended since, but looks have their time.
        #expect(depth.admit(1, limit: 8, now: 13) == .unknown(pause: 9_998))
        #expect(depth.admit(1, limit: 8, now: 10_011) == .unknown(pause: 0))
        #expect(depth.begin(lanes: 0, now: 14) == true)
        #expect(depth.begin(lanes: 1, now: 14) == true)
    }

    @Test func `a look admits for a second what fits beside what was submitted since, and refuses for a tenth`() {
        func looked(_ length: Int, at now: Int) -> SpaceDepth {
            var depth = SpaceDepth()
            _ = depth.begin(lanes: 1, now: now)
            _ = depth.answered(length: length, now: now)
            return depth
        }
        var full = looked(8, at: 0)
        #expect(full.admit(1, limit: 8, now: 100_000) == .refused(length: 8, retryAfter: DepthGauge.unknownRetryAfter))
        #expect(full.admit(1, limit: 8, now: 100_001) == .unknown(pause: 0))
        #expect(full.admit(1, limit: 9, now: 1_000_000) == .admitted)
        var room = looked(5, at: 0)
        #expect(room.admit(1, limit: 8, now: 1_000_001) == .unknown(pause: 0))
        // Together or not at all, but what is more than the limit goes into an empty space.
        #expect(room.admit(4, limit: 8, now: 0) == .refused(length: 5, retryAfter: DepthGauge.unknownRetryAfter))
        #expect(room.admit(3, limit: 8, now: 0) == .admitted)
        var empty = looked(0, at: 0)
        #expect(empty.admit(20, limit: 8, now: 0) == .admitted)
        #expect(empty.admit(1, limit: 8, now: 0) == .unknown(pause: 10_000))
        // What was not submitted after all leaves its place; what was counts until the next look.
        empty.sent(13, areThere: false)
        #expect(empty.admit(1, limit: 8, now: 0) == .admitted)
        empty.sent(8, areThere: true)
        #expect(empty.admit(1, limit: 8, now: 0) == .unknown(pause: 10_000))
    }

    @Test func `a look that fails keeps nobody waiting, and what was known counts on`() {
        var depth = SpaceDepth()
        for (length, now) in [(8, 0), (nil, 200_000)] {
            _ = depth.begin(lanes: 1, now: now)
            _ = depth.answered(length: length, now: now)
        }
        #expect(depth.admit(1, limit: 8, now: 200_000) == .refused(length: 8, retryAfter: DepthGauge.unknownRetryAfter))
        #expect(depth.admit(1, limit: 9, now: 200_000) == .admitted)
        var blind = SpaceDepth()
        _ = blind.begin(lanes: 1, now: 0)
        _ = blind.answered(length: nil, now: 0)
        #expect(blind.admit(1, limit: 1, now: 0) == .admitted)
    }

    /// Five jobs of another service of the space.
    private static func queueElsewhere(_ fixture: Fixture) async throws {
        let other = ServiceID(space: fixture.space, name: "other")
        _ = try await fixture.registry.put([(name: "other", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "t")
        for number in 0..<5 {
            let job = Job(id: "x\(number)", service: other, lane: .batch, name: "echo", parameters: ByteBuffer(string: "{}"))
            _ = try await fixture.add(job)
        }
    }

    @Test
    func `the first calls of a process that may not queue more are refused, and never more are taken than there is room for`()
        async throws
    {
        try await withFixture { fixture in
            try await Self.queueElsewhere(fixture)
            // The lane is made by the first call of its service.
            let first = try await TestCaller(fixture.space, fixture.configuration)
            #expect(await first.call(first.job(fixture.service, timeout: 50)).kind == .timedOut)
            await first.close()
            var limits = CallerLimits()
            for (limit, taken) in [(5, 0), (8, 3)] {
                limits.queuedPerSpace = limit
                let caller = try await TestCaller(
                    fixture.space,
                    fixture.configuration,
                    limits: limits,
                    services: ["svc", "other"]
                )
                let kinds = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            if case .failure(let error) = await caller.call(caller.job(fixture.service, timeout: 300)) {
                                return error.code == .busy
                            }
                            return false
                        }
                    }
                    return await group.reduce(into: [Bool]()) { $0.append($1) }
                }
                #expect(kinds.filter { !$0 }.count == taken)
                await caller.close()
            }
        }
    }

    @Test func `a full lane and a full space are busy at once, with when to come back`() async throws {
        try await withFixture { fixture in
            try await Self.queueElsewhere(fixture)
            func refusal(_ caller: TestCaller, _ limit: Int = 0) async throws -> QueueError {
                try await eventually("it is busy") {
                    var job = caller.job(fixture.service, timeout: 50)
                    job.queueLimit = limit
                    if case .failure(let error) = await caller.call(job), error.code == .busy { return error }
                    return nil
                }
            }
            let open = try await TestCaller(fixture.space, fixture.configuration)
            // Its own lane is empty: only where the space is limited does the other one count.
            #expect(await open.call(open.job(fixture.service, timeout: 50)).kind == .timedOut)
            var limits = CallerLimits()
            limits.queuedPerSpace = 5
            let full = try await TestCaller(fixture.space, fixture.configuration, limits: limits, services: ["svc", "other"])
            let space = try await refusal(full)
            #expect(
                space.message.contains(
                    " calls are queued or run in \(fixture.space), and this process's limit is 5 (max-queued): try again in "
                )
            )
            #expect(DepthGauge.retryAfter.contains(space.retryAfter ?? 0))
            // A lane has the limit of its service.
            let waiting = Task { await open.call(open.job(fixture.service, timeout: 20_000)) }
            let lane = try await refusal(open, 1)
            // How many is not said here: a call that ended late may still be counted in the lane.
            #expect(
                lane.message.contains(
                    " calls are queued or run for the service 'svc', which is the limit of its lane (maxQueued)"
                ) && lane.retryAfter != nil
            )
            waiting.cancel()
            #expect(await waiting.value.kind == .cancelled)
            await open.close()
            await full.close()
        }
    }
}
