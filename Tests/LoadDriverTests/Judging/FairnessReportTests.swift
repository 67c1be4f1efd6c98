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
}
