import Testing

@testable import LoadDriver

struct FairnessReportTests {
    @Test func `ratios of the groups that both have`() {
        let alone = Samples.report(groups: ["quiet", "gone"])
        let beside = Samples.report(scale: 3, groups: ["quiet", "flood"])
        let report = FairnessReport(alone: alone, beside: beside)
        #expect(report.rows.map(\.group) == ["quiet"])
        #expect(abs((report.rows.first?.p50Ratio ?? 0) - 3) < 0.01)
        #expect(abs((report.rows.first?.p99Ratio ?? 0) - 3) < 0.01)
        #expect(report.missing == ["gone"])
        #expect(report.text.contains("3.00×"))
        #expect(report.text.contains("gone: no latency beside the flood"))
    }

    @Test func `a flood that is refused is no flood, and is said to be none`() throws {
        let flood = FloodFigures(inFlight: 5_000, lane: "batch", seconds: 2, outcomes: ["ok": 300, "busy": 4_000])
        let report = FairnessReport(
            alone: Samples.report(),
            beside: Samples.report(outcomes: ["ok": 9, "timedOut": 1]),
            flood: flood
        )
        #expect(report.text.contains("flood: 5,000 batch calls in flight, 150/s answered, WARNING: 4,000 busy"), "\(report.text)")
        #expect(report.text.contains("of the other calls 0 failed alone, 1 beside the flood"))
        let json = String(decoding: try report.json(), as: UTF8.self)
        #expect(json.contains(#""flood":{"inFlight":5000,"lane":"batch""#) && json.contains(#""errors":{"alone":0,"beside":1}"#))
    }
}
