/// What the judge says of a run.
struct Verdict: Sendable {
    /// A line of the table.
    struct Row: Equatable, Sendable {
        var title: String
        var value: String
        /// For a line that must be 0: how many cases there are.
        var violations: Int?
    }

    var rows: [Row] = []
    /// Each case in words, a bounded number of each line.
    var details: [String] = []

    var holds: Bool { rows.allSatisfy { ($0.violations ?? 0) == 0 } }

    /// The number of violations in the line of this title; `nil` where there is none such.
    subscript(title: String) -> Int? { rows.first { $0.title == title }?.violations }

    mutating func show(_ title: String, _ value: String) { rows.append(Row(title: title, value: value)) }

    /// A line that must be 0.
    mutating func demand(_ title: String, _ cases: [String], count: Int? = nil) {
        let count = count ?? cases.count
        rows.append(Row(title: title, value: "\(count)", violations: count))
        details += cases.prefix(20).map { "\(title): \($0)" }
        if cases.count > 20 { details.append("\(title): … and \(cases.count - 20) more") }
    }

    var text: String {
        let width = rows.map(\.title.count).max() ?? 0
        let lines = rows.map { row in
            let mark = row.violations.map { $0 == 0 ? "  must be 0" : "  MUST BE 0" } ?? ""
            return row.title + String(repeating: " ", count: width - row.title.count) + "  " + row.value + mark
        }
        return lines.joined(separator: "\n")
    }
}
