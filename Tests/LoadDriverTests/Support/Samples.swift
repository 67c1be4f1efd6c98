import Foundation

@testable import LoadDriver

enum Samples {
    /// A report whose totals are 1 … 1000 ms and whose legs are fractions of them.
    static func report(
        scale: UInt64 = 1,
        rate: Double = 100,
        groups: [String] = ["echo"],
        outcomes: [String: UInt64] = ["ok": 1_000],
        examples: [String: [String]] = [:],
        scenario: Scenario = Scenario(name: "sample")
    ) -> LoadReport {
        var record = GroupRecord()
        for value in 1...1_000 as ClosedRange<UInt64> {
            record.record(.total, nanoseconds: value * millisecond * scale)
            record.record(.queued, microseconds: Int(value * 100))
            record.record(.run, microseconds: Int(value * 500))
            record.record(.returned, microseconds: Int(value * 200))
        }
        record.calls = 1_000
        record.answered = UInt64(rate * 10)
        let series = (0..<10).map { second in
            SecondFigures(second: second, answered: 100, errors: UInt64(second), inFlight: 3, p50: 500, p99: 990)
        }
        return LoadReport(
            LoadMeasurement(
                scenario: scenario,
                started: Date(timeIntervalSince1970: 1_800_000_000),
                seconds: 10,
                groups: groups.reduce(into: [:]) { $0[$1] = record },
                outcomes: outcomes,
                examples: examples,
                series: series,
                lateness: nil,
                endedEarly: false,
                leftOut: 0
            )
        )
    }
}
