import Foundation

/// One closed-loop measurement.
struct Round {
    var callsPerSecond: Double
    /// In microseconds.
    var p50: Int
    var p99: Int

    static func measure(_ target: some Target, inFlight: Int, seconds: Double) async throws -> Round {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + .seconds(seconds)
        let latencies = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    var latencies: [Int] = []
                    var now = clock.now
                    while now < end {
                        let sent = now
                        try await target.call()
                        now = clock.now
                        latencies.append(Int((now - sent) / .microseconds(1)))
                    }
                    return latencies
                }
            }
            var all: [Int] = []
            for try await latencies in group { all += latencies }
            return all.sorted()
        }
        let elapsed = (clock.now - start) / .seconds(1)
        return Round(
            callsPerSecond: Double(latencies.count) / elapsed,
            p50: percentile(50, of: latencies),
            p99: percentile(99, of: latencies)
        )
    }

    private static func percentile(_ percent: Int, of sorted: [Int]) -> Int {
        sorted.isEmpty ? 0 : sorted[min(sorted.count * percent / 100, sorted.count - 1)]
    }

    /// The round with the median rate.
    static func median(_ rounds: [Round]) -> Round? {
        rounds.isEmpty ? nil : rounds.sorted { $0.callsPerSecond < $1.callsPerSecond }[rounds.count / 2]
    }

    func row(inFlight: Int, target: String) -> String {
        func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) + text }
        let name = target + String(repeating: " ", count: max(8 - target.count, 0))
        return right("\(inFlight)", 9) + "   " + name + right("\(Int(callsPerSecond))", 10) + right("\(p50)", 9)
            + right("\(p99)", 9)
    }
}
