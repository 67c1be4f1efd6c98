import Testing

@testable import LoadDriver

struct LatencyHistogramTests {
    /// From microseconds to minutes, many orders apart.
    private func values(_ count: Int, seed: UInt64) -> [UInt64] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in 1_000 << (generator.next() % 26) + generator.next() % 1_000 }
    }

    @Test(arguments: [1, 2, 10, 1_000, 20_000])
    func `percentiles are those of the sorted values, to three digits`(count: Int) {
        let values = values(count, seed: 3).sorted()
        var histogram = LatencyHistogram()
        for value in values { histogram.record(nanoseconds: value) }
        for percent in [0.1, 50, 90, 95, 99, 99.9, 99.99, 100] {
            let rank = max(Int((percent / 100 * Double(count)).rounded(.up)), 1)
            let exact = Double(values[rank - 1]) / 1_000
            #expect(abs(histogram.percentile(percent) / exact - 1) < 0.0011, "p\(percent)")
        }
        #expect(histogram.max == Double(values[count - 1]) / 1_000)
        #expect(histogram.count == UInt64(count))
        #expect(histogram.buckets.reduce(0) { $0 + $1.count } == UInt64(count))
    }

    @Test func `merged ones are as if all had been recorded in one`() {
        var (all, sum) = (LatencyHistogram(), LatencyHistogram())
        for seed in 1...4 as ClosedRange<UInt64> {
            var part = LatencyHistogram()
            for value in values(500, seed: seed) {
                part.record(nanoseconds: value)
                all.record(nanoseconds: value)
            }
            sum.add(part)
        }
        #expect(LegReport(sum) == LegReport(all))
    }

    @Test func `nothing recorded is all zeros, and too long is a day`() {
        var histogram = LatencyHistogram()
        #expect([histogram.min, histogram.max, histogram.mean, histogram.percentile(99)] == [0, 0, 0, 0])
        histogram.record(nanoseconds: .max)
        #expect(histogram.max == 86_400e6)
    }
}
