/// Instruction counts beside those of the baseline.
package struct InstructionComparison: Sendable {
    private struct Row: Sendable {
        let count: InstructionCount
        let baseline: Int?
        /// More is worse; nothing where there is nothing to compare with.
        var ratio: Double? { baseline.flatMap { $0 > 0 ? Double(count.instructions) / Double($0) : nil } }
    }

    private let rows: [Row]

    package init(_ counts: [InstructionCount], _ baseline: InstructionBaseline) {
        rows = counts.map { Row(count: $0, baseline: baseline[$0.piece, $0.environment]) }
    }

    /// A table.
    ///
    /// - Parameter tolerance: The share up to which counts are taken for the same.
    package func text(tolerance: Double) -> String {
        var table = TextTable(header: ["piece", "instructions", "baseline", "ratio", ""])
        for row in rows {
            let word = row.ratio.map { abs($0 - 1) <= tolerance ? "" : $0 > 1 ? "MORE" : "fewer" } ?? "no baseline"
            table.add([
                row.count.piece, "\(Units.count(row.count.instructions)) per \(row.count.operation)",
                row.baseline.map { Units.count($0) } ?? "—", row.ratio.map { Units.fixed($0, 3) } ?? "—", word,
            ])
        }
        return table.text
    }

    /// One line for each piece that takes more than so much more than its baseline; 0.05 for 5 %.
    package func failures(above share: Double) -> [String] {
        rows.compactMap { row in
            guard let ratio = row.ratio, let baseline = row.baseline, ratio > 1 + share else { return nil }
            let (now, more) = (Units.count(row.count.instructions), Units.fixed((ratio - 1) * 100, 1))
            return
                "\(row.count.piece): \(now) instructions per \(row.count.operation), \(more) % more than \(Units.count(baseline))"
        }
    }

    /// The pieces that have nothing to be compared with, with the environment for which there is none.
    package var missing: [String] {
        rows.filter { $0.ratio == nil }.map { "\($0.count.piece) (\($0.count.environment))" }
    }
}
