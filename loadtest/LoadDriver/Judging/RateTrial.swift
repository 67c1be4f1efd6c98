/// What came of one rate of a search.
package struct RateTrial: Encodable, Sendable, Equatable {
    /// Calls a second that were asked for.
    package var rate: Double
    /// Calls a second that were answered with `ok`.
    package var answered: Double
    package var errors: UInt64
    /// Of whole calls, in microseconds; nothing where none was answered.
    package var p50: Double?
    package var p90: Double?
    package var p99: Double?
    package var p999: Double?
    /// The objectives that did not hold, as they were written.
    package var missed: [String]
    package var holds: Bool

    package init(rate: Double, _ report: LoadReport, objectives: [FailCondition]) {
        let total = report[.total]
        self.rate = rate
        answered = report.rate
        errors = report.errors
        (p50, p90, p99, p999) = (total?.p50, total?.p90, total?.p99, total?.p999)
        missed = objectives.filter { !$0.holds(in: report) }.map(\.text)
        holds = missed.isEmpty
    }

    /// Above ``line``.
    package static let header = row(["rate", "answered", "p50", "p90", "p99", "p99.9", "errors"], "")

    /// One line of a table; it is printed while the search goes on.
    package var line: String {
        let figures = [p50, p90, p99, p999].map { $0.map { Units.duration(microseconds: $0) } ?? "—" }
        let verdict = holds ? "holds" : "missed: \(missed.joined(separator: ", "))"
        return Self.row([Units.rate(rate), Units.rate(answered)] + figures + [Units.count(errors)], verdict)
    }

    private static func row(_ cells: [String], _ last: String) -> String {
        let columns = cells.map { String(repeating: " ", count: max(10 - $0.count, 0)) + $0 }
        return last.isEmpty ? columns.joined(separator: " ") : columns.joined(separator: " ") + "  " + last
    }
}
