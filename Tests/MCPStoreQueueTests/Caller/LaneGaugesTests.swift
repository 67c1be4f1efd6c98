import Testing

@testable import MCPStoreQueue

@Suite struct LaneGaugesTests {
    private let lane = FetchPlannerTests.lane("a")

    @Test func `a lane is asked for at most every 100 ms`() {
        var gauges = LaneGauges()
        #expect(gauges.shouldAsk(lane, now: 0) == true)
        #expect(gauges.shouldAsk(lane, now: 99_999) == false)
        #expect(gauges.shouldAsk(lane, now: 100_000) == true)
        #expect(gauges.length(lane, now: 100_000) == 0)
        gauges.set(lane, length: 7, now: 100_001)
        #expect(gauges.length(lane, now: 2_100_001) == 7)
        // Nobody is refused for what lay there long ago.
        #expect(gauges.length(lane, now: 2_100_002) == 0)
    }

    @Test func `a lane is cold at first and after five seconds without a job`() {
        var gauges = LaneGauges()
        #expect(gauges.use(lane, now: 10) == true)
        #expect(gauges.use(lane, now: 5_000_010) == false)
        #expect(gauges.use(lane, now: 10_000_011) == true)
    }

    @Test func `unused lanes are forgotten and used ones are not`() {
        var gauges = LaneGauges()
        for number in 0..<1500 {
            let lane = FetchPlannerTests.lane("s\(number)")
            _ = gauges.use(lane, now: number)
            _ = gauges.shouldAsk(lane, now: number)
        }
        #expect(gauges.count == 1500)
        for number in 0..<3000 {
            let lane = FetchPlannerTests.lane("n\(number)")
            _ = gauges.use(lane, now: 70_000_000)
            _ = gauges.shouldAsk(lane, now: 70_000_000)
        }
        #expect(gauges.count == 3000)
        #expect(gauges.use(FetchPlannerTests.lane("n0"), now: 70_000_001) == false)
    }
}
