import Foundation
import Testing

@testable import LoadDriver

struct RateTrialTests {
    @Test func `says what it measured, and which objectives did not hold`() throws {
        let objectives = try ["p99<2s", "p50<1ms", "errors<1"].map { try FailCondition($0) }
        let trial = RateTrial(rate: 1_000, Samples.report(), objectives: objectives)
        #expect(!trial.holds && trial.missed == ["p50<1ms"])
        #expect(trial.line.hasSuffix("missed: p50<1ms") && trial.line.contains("990 ms"), "\(trial.line)")
        #expect(RateTrial.header.count < trial.line.count)
        #expect(RateTrial(rate: 1_000, Samples.report(), objectives: [objectives[0]]).line.hasSuffix("holds"))
    }

    @Test func `an objective of a figure that there is not does not hold`() throws {
        let trial = RateTrial(rate: 1, Samples.report(), objectives: [try FailCondition("lateness.p99<1s")])
        #expect(trial.missed == ["lateness.p99<1s"])
    }

    @Test func `the JSON of a search says null where no rate held`() throws {
        let report = RateSearchReport(rate: nil, isLimited: false, objectives: ["p99<1ms"], trials: [])
        #expect(
            String(decoding: try report.json(), as: UTF8.self)
                == #"{"isLimited":false,"objectives":["p99<1ms"],"rate":null,"trials":[]}"#
        )
        #expect(report.text.contains("did not hold"))
        #expect(RateSearchReport(rate: 8_000, isLimited: true, objectives: [], trials: []).text.contains("more may be possible"))
    }
}
