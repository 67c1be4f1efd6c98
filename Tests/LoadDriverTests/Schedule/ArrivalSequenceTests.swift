import Foundation
import Testing

@testable import LoadDriver

struct ArrivalSequenceTests {
    @Test func `a constant rate is evenly spaced and ends before the end`() {
        let arrivals = Array(ArrivalSequence(.constant(rate: 1_000), seconds: 2))
        #expect(arrivals == (0..<2_000).map { UInt64($0) * millisecond })
    }

    @Test func `a third of a second is not rounded away`() {
        #expect(Array(ArrivalSequence(.constant(rate: 3), seconds: 1)) == [0, 333_333_333, 666_666_667])
    }

    @Test(arguments: [(0.0, 1_000.0), (1_000, 0), (200, 800), (800, 200), (500, 500)])
    func `a ramp integrates its rate`(from: Double, to: Double) {
        let arrivals = Array(ArrivalSequence(.ramp(from: from, to: to), seconds: 10))
        // 5,000 calls whichever way, and so many up to each moment as the integral says.
        #expect(abs(arrivals.count - 5_000) <= 1)
        for time in stride(from: 0.5, through: 10, by: 0.5) {
            let integral = from * time + (to - from) * time * time / 20
            let count = arrivals.count { Double($0) / 1e9 < time }
            #expect(abs(Double(count) - integral) <= 1.001, "at \(time) s")
        }
        #expect(arrivals == arrivals.sorted())
    }

    @Test func `steps share the time equally`() {
        let arrivals = Array(ArrivalSequence(.steps(rates: [10, 0, 40]), seconds: 3))
        #expect((0..<3).map { part in arrivals.count { $0 / second == part } } == [10, 0, 40])
        #expect(arrivals == arrivals.sorted())
    }

    @Test func `bursts come together`() {
        let arrivals = Array(ArrivalSequence(.bursts(size: 3, every: 0.5), seconds: 1.2))
        #expect(arrivals == [0, 0, 0, 500, 500, 500, 1_000, 1_000, 1_000].map { $0 * millisecond })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `Poisson gaps have the mean and the variance of an exponential distribution`(seed: UInt64) {
        let arrivals = Array(ArrivalSequence(.poisson(rate: 1_000), seconds: 100, seed: seed))
        // 100,000 ± 5 standard deviations.
        #expect(abs(arrivals.count - 100_000) < 1_600)
        let gaps = zip(arrivals.dropFirst(), arrivals).map { Double($0 - $1) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(abs(mean - 1) < 0.02)
        #expect(abs(variance - 1) < 0.05)
    }

    @Test func `a seed repeats a Poisson process, another one does not`() {
        func arrivals(_ seed: UInt64) -> [UInt64] { Array(ArrivalSequence(.poisson(rate: 100), seconds: 1, seed: seed)) }
        #expect(arrivals(7) == arrivals(7))
        #expect(arrivals(7) != arrivals(8))
    }

    @Test func `a closed loop has no arrivals`() {
        #expect(Array(ArrivalSequence(.closed(callers: 4), seconds: 1)).isEmpty)
    }
}
