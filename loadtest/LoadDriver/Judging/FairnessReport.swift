import Foundation

/// How much a flood of one tenant costs the others: the same calls alone, and beside it. Its JSON is described in
/// `docs/loadtest.md`.
package struct FairnessReport: Encodable, Sendable {
    /// One group of calls that both results have.
    package struct Row: Encodable, Sendable, Equatable {
        package var group: String
        /// In microseconds.
        package var alone: Percentiles
        package var beside: Percentiles

        package struct Percentiles: Encodable, Sendable, Equatable {
            package var p50: Double
            package var p99: Double
        }

        /// `beside / alone`; nothing where the latter is 0.
        package var p50Ratio: Double? { alone.p50 > 0 ? beside.p50 / alone.p50 : nil }
        package var p99Ratio: Double? { alone.p99 > 0 ? beside.p99 / alone.p99 : nil }
    }

    /// Sorted by group.
    package let rows: [Row]
    /// Groups without a latency on one side: all their calls failed to start, or none was made.
    package let missing: [String]
    /// Calls of the quiet tenants that did not end with `ok`.
    package let errors: Errors
    package let flood: FloodFigures?

    package struct Errors: Encodable, Sendable, Equatable {
        package var alone: UInt64
        package var beside: UInt64
    }

    package init(alone: LoadReport, beside: LoadReport, flood: FloodFigures? = nil) {
        errors = Errors(alone: alone.errors, beside: beside.errors)
        self.flood = flood
        var (rows, missing): ([Row], [String]) = ([], [])
        for group in Set(alone.groups.keys).union(beside.groups.keys).sorted() {
            guard let one = alone.groups[group]?[.total], let other = beside.groups[group]?[.total] else {
                // What floods is there on one side only, and nobody asks how it fares.
                if alone.groups[group] != nil { missing.append(group) }
                continue
            }
            rows.append(
                Row(
                    group: group,
                    alone: .init(p50: one.p50, p99: one.p99),
                    beside: .init(p50: other.p50, p99: other.p99)
                )
            )
        }
        self.rows = rows
        self.missing = missing
    }

    /// - Returns: One line with sorted members.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// A table with the ratios.
    package var text: String {
        var table = TextTable(header: ["latency", "", "alone", "beside the flood", "ratio"])
        for row in rows {
            let lines = [
                ("p50", row.alone.p50, row.beside.p50, row.p50Ratio), ("p99", row.alone.p99, row.beside.p99, row.p99Ratio),
            ]
            for (name, alone, beside, ratio) in lines {
                table.add([
                    name == "p50" ? row.group : "", name, Units.duration(microseconds: alone),
                    Units.duration(microseconds: beside),
                    ratio.map { Units.ratio($0) } ?? "—",
                ])
            }
        }
        var lines = [table.text] + missing.map { "\($0): no latency beside the flood" }
        if let flood { lines.append(flood.text) }
        if errors.alone + errors.beside > 0 {
            lines.append("WARNING: of the other calls \(errors.alone) failed alone, \(errors.beside) beside the flood")
        }
        return lines.joined(separator: "\n")
    }
}
