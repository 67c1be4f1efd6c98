/// Two results side by side.
package struct Comparison: Sendable {
    /// One figure of both.
    package struct Row: Sendable, Equatable {
        package var name: String
        package var new: Double
        package var old: Double
        /// Whether more is better.
        package var isRate: Bool
        /// `new / old`; nothing where the old one is 0.
        package var ratio: Double? { old > 0 ? new / old : nil }
        package var isBetter: Bool { isRate ? new > old : new < old }
    }

    /// Those figures that both have.
    package let rows: [Row]
    /// The members in which the scenarios differ: ratios then say little of the code.
    package let differences: [String]

    package init(new: LoadReport, old: LoadReport) {
        func row(_ name: String, isRate: Bool = false, _ value: (LoadReport) -> Double?) -> Row? {
            guard let new = value(new), let old = value(old) else { return nil }
            return Row(name: name, new: new, old: old, isRate: isRate)
        }
        let (one, other) = (new.scenario, old.scenario)
        differences = [
            ("target", one.target == other.target), ("server", one.server == other.server), ("load", one.load == other.load),
            ("workers", one.workers == other.workers), ("slots", one.slots == other.slots), ("mix", one.mix == other.mix),
        ].filter { !$0.1 }.map(\.0)
        rows = [
            row("rate", isRate: true) { $0.rate },
            row("p50") { $0[.total]?.p50 },
            row("p99") { $0[.total]?.p99 },
            row("p999") { $0[.total]?.p999 },
            row("Redis CPU per call") { $0.redis?.cpuMicrosecondsPerCall },
        ].compactMap { $0 }
    }

    /// A table: new, old and their ratio; with a warning where two things are compared.
    package var text: String {
        var table = TextTable(header: ["", "new", "old", "new/old", ""])
        for row in rows {
            let show = row.isRate ? Units.rate : Units.duration(microseconds:)
            table.add([
                row.name, show(row.new), show(row.old), row.ratio.map { Units.ratio($0) } ?? "—", Self.word(for: row),
            ])
        }
        guard !differences.isEmpty else { return table.text }
        return "\(table.text)\nWARNING: not the same scenario, but another \(differences.joined(separator: ", "))"
    }

    /// Less than 2 % is the same: machines are noisier.
    static func word(for row: Row) -> String {
        guard let ratio = row.ratio, abs(ratio - 1) >= 0.02 else { return "" }
        return row.isBetter ? "better" : "worse"
    }
}
