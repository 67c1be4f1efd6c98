import Testing

@testable import LoadDriver

struct WarmUpTests {
    @Test func `a ramp and steps are warmed up at their first rate, the others as they are`() {
        #expect(Scenario(load: .ramp(from: 5, to: 900)).warmUpRun?.load == .constant(rate: 5))
        #expect(Scenario(load: .steps(rates: [7, 8])).warmUpRun?.load == .constant(rate: 7))
        #expect(Scenario(load: .poisson(rate: 9)).warmUpRun?.load == .poisson(rate: 9))
        #expect(Scenario(load: .closed(callers: 3)).warmUpRun?.load == .closed(callers: 3))
    }

    @Test func `it is a run that can be made, however short, and has calls of its own`() throws {
        let run = try #require(Scenario(warmUp: 0.001, seconds: 99, seed: 4).warmUpRun)
        try run.validate()
        #expect(run.warmUp == 0 && run.seconds == 0.1 && run.seed != 4)
    }

    @Test func `there is none where none is wanted, or nothing is due in it`() {
        #expect(Scenario(warmUp: 0).warmUpRun == nil)
        #expect(Scenario(load: .ramp(from: 0, to: 900)).warmUpRun == nil)
        #expect(Scenario(load: .steps(rates: [0, 8])).warmUpRun == nil)
    }
}
