import Testing

@testable import LoadDriver

struct ComparisonTests {
    @Test func `ratios of what both have`() {
        let comparison = Comparison(new: Samples.report(rate: 300), old: Samples.report(scale: 2, rate: 100))
        #expect(comparison.rows.map(\.name) == ["rate", "p50", "p99", "p999"])
        #expect(comparison.rows.first?.ratio == 3)
        #expect(comparison.rows.dropFirst().allSatisfy { $0.isBetter && abs(($0.ratio ?? 0) - 0.5) < 0.01 })
        #expect(comparison.text.contains("3.00×"))
    }

    @Test func `Redis CPU is compared where both have it`() {
        var (new, old) = (Samples.report(), Samples.report())
        new.redis = RedisFigures(cpuMicrosecondsPerCall: 30)
        #expect(!Comparison(new: new, old: old).text.contains("Redis"))
        old.redis = RedisFigures(cpuMicrosecondsPerCall: 20)
        let row = Comparison(new: new, old: old).rows.last
        #expect(row?.ratio == 1.5)
        #expect(row?.isBetter == false)
        #expect(Comparison(new: new, old: old).text.contains("worse"))
    }

    @Test func `results of two scenarios are compared with a warning that says in what they differ`() {
        let one = Scenario(name: "a", load: .closed(callers: 1))
        let comparison = Comparison(
            new: Samples.report(scenario: one),
            old: Samples.report(scenario: Scenario(name: "b", workers: 3, load: .closed(callers: 2)))
        )
        #expect(comparison.differences == ["load", "workers"])
        #expect(comparison.text.contains("WARNING: not the same scenario, but another load, workers"))
        // How long it took is no difference.
        let longer = Scenario(name: "a", load: .closed(callers: 1), seconds: 99)
        #expect(Comparison(new: Samples.report(scenario: one), old: Samples.report(scenario: longer)).differences.isEmpty)
    }

    @Test func `an old figure of 0 has no ratio`() {
        let comparison = Comparison(new: Samples.report(), old: Samples.report(rate: 0))
        #expect(comparison.rows.first?.ratio == nil)
        #expect(comparison.text.contains("—"))
    }
}
