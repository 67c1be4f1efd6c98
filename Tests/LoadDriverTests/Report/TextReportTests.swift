import Testing

@testable import LoadDriver

struct TextReportTests {
    @Test func `has rates, legs, outcomes, groups and warnings, in 100 columns`() {
        var report = Samples.report(
            groups: ["small", "large"],
            outcomes: ["ok": 900, "busy": 70, "notStarted": 30],
            examples: ["busy": [String(repeating: "long ", count: 50)]]
        )
        report.redis = RedisFigures(version: "7.0.15", cpuMicrosecondsPerCall: 12.3)
        report.worker = WorkerFigures(memoryBytes: 64 * 1_048_576)
        let text = TextReport(report).text
        for part in [
            "200/s answered", "100 ERRORS", "busy", "3.50 %", "total", "queued", "returned", "p99.9", "990 ms", "large", "small",
            "Redis 7.0.15: 12.3 µs CPU a call", "64.0 MiB", "WARNING: 30 calls were NOT STARTED",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.split(separator: "\n").map(\.count).max() ?? 0 <= 100)
        #expect(!TextReport(Samples.report()).text.contains("WARNING"))
    }

    @Test(arguments: [
        (0.4, "400 ns"), (410, "410 µs"), (5_700, "5.70 ms"), (999.6, "1.00 ms"), (1_240_000, "1.24 s"),
        (125_000_000, "2 min 5 s"),
    ])
    func `durations are short`(microseconds: Double, text: String) {
        #expect(Units.duration(microseconds: microseconds) == text)
    }
}
