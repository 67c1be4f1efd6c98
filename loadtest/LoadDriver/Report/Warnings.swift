/// What a reader has to know before believing the figures.
package struct Warnings: Sendable {
    /// One sentence or two each; empty for a run without fault.
    package let texts: [String]

    package init(_ report: LoadReport) {
        var texts: [String] = []
        if report.endedEarly {
            let calls = "\(Units.count(report.leftOut)) calls in flight are left out"
            texts.append(
                "Ended early, after \(Units.seconds(report.seconds)) of \(Units.seconds(report.scenario.seconds)); \(calls)."
            )
        }
        if report.calls == 0 { texts.append("No call was measured.") }
        if let count = report.outcomes[Outcomes.notStarted], count > 0 {
            let limit = Units.count(report.scenario.mostInFlight)
            texts.append(
                "\(Units.count(count)) calls were NOT STARTED: \(limit) were in flight (mostInFlight) or the time was over."
                    + " The load was not what the scenario asks for."
            )
        }
        if let count = report.outcomes[Outcomes.unanswered], count > 0 {
            texts.append(
                "\(Units.count(count)) calls were UNANSWERED at the end (timeout \(Units.seconds(report.scenario.timeout)))."
                    + " They count in `total` with the time until then."
            )
        }
        if let lateness = report.lateness, lateness.p99 > Self.late {
            texts.append(
                "The driver was LATE: p99 \(Units.duration(microseconds: lateness.p99)), max \(Units.duration(microseconds: lateness.max))"
                    + " after the intended start. Latencies count from the intended start, so this is in them; the machine may be too"
                    + " busy for this rate."
            )
        }
        self.texts = texts
    }

    /// In microseconds.
    private static let late = 1_000.0
}
