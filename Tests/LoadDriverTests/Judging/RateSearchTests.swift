import Testing

@testable import LoadDriver

struct RateSearchTests {
    private func search(_ search: RateSearch, passes: (Double) -> Bool) -> (best: Double?, trials: Int) {
        var (search, trials) = (search, 0)
        while let rate = search.next, trials < 1_000 {
            trials += 1
            if passes(rate) { search.passed(rate) } else { search.failed(rate) }
        }
        return (search.best, trials)
    }

    @Test func `finds any threshold to 5 percent from any start`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let start = 1 + generator.unit() * 10_000
            // From far below the start to far above it.
            let threshold = start * (0.002 + generator.unit() * (generator.unit() < 0.5 ? 1 : 60))
            let (best, trials) = search(RateSearch(from: start, upTo: 10_000_000)) { $0 <= threshold }
            #expect(trials <= 40)
            guard let best else {
                Issue.record("nothing passed for \(threshold) from \(start)")
                continue
            }
            #expect(best <= threshold && best * 1.0501 >= threshold, "\(best) for \(threshold) from \(start)")
        }
    }

    @Test func `even the first fails, and so does everything`() {
        let (best, trials) = search(RateSearch(from: 1_000)) { _ in false }
        #expect(best == nil)
        #expect(trials == 11)
    }

    @Test func `everything passes: ends at the limit`() {
        var search = RateSearch(from: 100, upTo: 1_000)
        var tried: [Double] = []
        while let rate = search.next {
            tried.append(rate)
            search.passed(rate)
        }
        #expect(tried == [100, 200, 400, 800, 1_000])
        #expect(search.best == 1_000)
        #expect(search.isLimited)
    }

    @Test func `ends with answers that make no sense`() {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            #expect(search(RateSearch(from: 100)) { _ in generator.unit() < 0.5 }.trials <= 40)
        }
    }
}
