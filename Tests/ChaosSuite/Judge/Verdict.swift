/// What the judge says of a run, or of several.
struct Verdict: Sendable {
    /// A line of the table.
    struct Row: Equatable, Sendable {
        var title: String
        var value: VerdictValue
        /// For a line that must be 0: how many cases there are.
        var violations: Int?
    }

    /// Cases in words that are kept of all runs together.
    private static let mostDetails = 400

    var rows: [Row] = []
    /// Each case in words, a bounded number of each line.
    var details: [String] = []

    var holds: Bool { rows.allSatisfy { ($0.violations ?? 0) == 0 } }

    /// The number of violations in the line of this title; `nil` where there is none such.
    subscript(title: String) -> Int? { rows.first { $0.title == title }?.violations }

    mutating func show(_ title: String, _ value: VerdictValue) { rows.append(Row(title: title, value: value)) }

    /// A line that must be 0.
    mutating func demand(_ title: String, _ cases: [String], count: Int? = nil) {
        let count = count ?? cases.count
        rows.append(Row(title: title, value: .count(count), violations: count))
        details += cases.prefix(20).map { "\(title): \($0)" }
        if cases.count > 20 { details.append("\(title): … and \(cases.count - 20) more") }
    }

    /// Adds another run line by line; what must be 0 must be 0 in all of them.
    ///
    /// - Parameter label: What names the other run in what is shown of it alone.
    mutating func add(_ other: Verdict, _ label: String) {
        for row in other.rows {
            if let index = rows.firstIndex(where: { $0.title == row.title }) {
                rows[index].value.add(row.value.labelled(label))
                if let more = row.violations { rows[index].violations = (rows[index].violations ?? 0) + more }
            } else {
                rows.append(Row(title: row.title, value: row.value.labelled(label), violations: row.violations))
            }
        }
        details += other.details.prefix(max(0, Self.mostDetails - details.count)).map { "\(label): \($0)" }
    }

    /// The most important of it in one line.
    var brief: String {
        let shown = rows.filter { ["submitted", "accepted", "slowest recovery"].contains($0.title) }
        let broken = rows.filter { ($0.violations ?? 0) > 0 }
        let words = { (rows: [Row]) in rows.map { "\($0.title) \($0.value)" }.joined(separator: ", ") }
        return words(shown) + (broken.isEmpty ? "; all that must be 0 is 0" : "; NOT 0: " + words(broken))
    }

    var text: String {
        let width = rows.map(\.title.count).max() ?? 0
        let lines = rows.map { row in
            let mark = row.violations.map { $0 == 0 ? "  must be 0" : "  MUST BE 0" } ?? ""
            return row.title + String(repeating: " ", count: width - row.title.count) + "  \(row.value)" + mark
        }
        return lines.joined(separator: "\n")
    }
}
