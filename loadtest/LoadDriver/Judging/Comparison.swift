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

    package init(new: LoadReport, old: LoadReport) {
        func row(_ name: String, isRate: Bool = false, _ value: (LoadReport) -> Double?) -> Row? {
            guard let new = value(new), let old = value(old) else { return nil }
            return Row(name: name, new: new, old: old, isRate: isRate)
        }
        rows = [
            row("rate", isRate: true) { $0.rate },
            row("p50") { $0[.total]?.p50 },
            row("p99") { $0[.total]?.p99 },
            row("p999") { $0[.total]?.p999 },
            row("Redis CPU per call") { $0.redis?.cpuMicrosecondsPerCall },
        ].compactMap { $0 }
    }

    /// A table: new, old and their ratio.
    package var text: String {
        var table = TextTable(header: ["", "new", "old", "new/old", ""])
        for row in rows {
            let show = row.isRate ? Units.rate : Units.duration(microseconds:)
            table.add([
                row.name, show(row.new), show(row.old), row.ratio.map { Units.ratio($0) } ?? "—", Self.word(for: row),
            ])
        }
        return table.text
    }

    /// Less than 2 % is the same: machines are noisier.
    static func word(for row: Row) -> String {
        guard let ratio = row.ratio, abs(ratio - 1) >= 0.02 else { return "" }
        return row.isBetter ? "better" : "worse"
    }
}
