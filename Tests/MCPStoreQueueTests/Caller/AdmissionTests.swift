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
        #expect(depth.shouldAsk(now: 5) == true)
        depth.begin(lanes: 2)
        #expect(depth.shouldAsk(now: 2_000_000) == false)
        depth.answered(length: 3, now: 10)
        #expect(depth.gauge.length == 0)
        depth.answered(length: 4, now: 11)
        #expect(depth.gauge.length == 7)
        #expect(depth.shouldAsk(now: 900_000) == false)
        #expect(depth.shouldAsk(now: 1_000_005) == true)
    }

    @Test func `a full lane and a full space are busy at once, with when to come back`() async throws {
        try await withFixture { fixture in
            let other = ServiceID(space: fixture.space, name: "other")
            _ = try await fixture.registry.put([(name: "other", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "t")
            for number in 0..<5 {
                let job = Job(id: "x\(number)", service: other, lane: .batch, name: "echo", parameters: ByteBuffer(string: "{}"))
                _ = try await fixture.add(job)
            }
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
            #expect(space.message.contains(" jobs are queued in \(fixture.space): try again in "))
            #expect(DepthGauge.retryAfter.contains(space.retryAfter ?? 0))
            // A lane has the limit of its service.
            let waiting = Task { await open.call(open.job(fixture.service, timeout: 20_000)) }
            let lane = try await refusal(open, 1)
            // How many is not said here: a call that ended late may still be counted in the lane.
            #expect(lane.message.contains(" jobs are queued for service 'svc'") && lane.retryAfter != nil)
            waiting.cancel()
            #expect(await waiting.value.kind == .cancelled)
            await open.close()
            await full.close()
        }
    }
}
