/// A result for a terminal, in at most 100 columns.
package struct TextReport: Sendable {
    private let report: LoadReport

    package init(_ report: LoadReport) {
        self.report = report
    }

    /// Several lines, without a newline at the end.
    package var text: String {
        [head, outcomes, legs(report.legs), groups, redis, worker, warnings]
            .filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var head: String {
        let scenario = report.scenario
        let name = scenario.name.isEmpty ? "load test" : scenario.name
        let how = "\(scenario.target.rawValue), \(scenario.load.summary), \(Units.seconds(report.seconds))"
        return "\(name): \(how)\n\(Units.rate(report.rate)) answered  ·  \(Units.count(report.calls)) calls  ·  "
            + (report.errors == 0 ? "no errors" : "\(Units.count(report.errors)) ERRORS")
    }

    private var outcomes: String {
        guard report.errors > 0 else { return "" }
        var table = TextTable(header: ["outcome", "calls", "share"])
        for (outcome, count) in report.sortedOutcomes {
            table.add([
                outcome, Units.count(count), "\(Units.fixed(Double(count) / Double(max(report.calls, 1)) * 100, 2)) %",
            ])
        }
        let examples = report.sortedOutcomes.flatMap { outcome, _ in
            (report.examples[outcome] ?? []).map { "  \(outcome): \($0)" }
        }
        return ([table.text] + examples.map { Self.cut($0) }).joined(separator: "\n")
    }

    private func legs(_ legs: [String: LegReport]) -> String {
        var table = TextTable(header: ["leg", "p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"])
        var isEmpty = true
        let rows: [(String, LegReport?)] = Leg.allCases.map { ($0.rawValue, legs[$0.rawValue]) } + [("lateness", report.lateness)]
        for (name, leg) in rows {
            guard let leg, leg.count > 0 else { continue }
            isEmpty = false
            let figures = [leg.p50, leg.p90, leg.p99, leg.p999, leg.p9999, leg.max, leg.mean]
            table.add([name] + figures.map { Units.duration(microseconds: $0) })
        }
        return isEmpty ? "" : table.text
    }

    private var groups: String {
        guard report.groups.count > 1 else { return "" }
        var table = TextTable(header: ["group", "calls", "rate", "p50", "p99", "p99.9", "max"])
        for (name, group) in report.groups.sorted(by: { $0.key < $1.key }) {
            let total = group[.total]
            let figures = [total?.p50, total?.p99, total?.p999, total?.max]
            table.add(
                [name, Units.count(group.calls), Units.rate(group.rate)]
                    + figures.map { $0.map { Units.duration(microseconds: $0) } ?? "—" }
            )
        }
        return table.text
    }

    private var redis: String {
        guard let redis = report.redis else { return "" }
        let parts = [
            redis.cpuMicrosecondsPerCall.map { "\(Units.duration(microseconds: $0)) CPU a call" },
            redis.commandsPerCall.map { "\(Units.digits($0)) commands a call" },
            redis.bytesPerQueuedJob.map { "\(Units.count($0)) bytes a queued job" },
        ].compactMap { $0 }
        let title = "Redis\(redis.version.map { " \($0)" } ?? ""): \(parts.joined(separator: ", "))"
        guard let commands = redis.commands, !commands.isEmpty else { return title }
        var table = TextTable(header: ["  command (a script holds those in it)", "times a call", "CPU a call"])
        for command in commands.sorted(by: { $0.microsecondsPerCall > $1.microsecondsPerCall }).prefix(8) {
            table.add([
                "  \(command.name)", Units.fixed(command.callsPerCall, 3),
                Units.duration(microseconds: command.microsecondsPerCall),
            ])
        }
        return "\(title)\n\(table.text)"
    }

    private var worker: String {
        guard let worker = report.worker else { return "" }
        let parts = [
            worker.cpuMicrosecondsPerCall.map { "\(Units.duration(microseconds: $0)) CPU a call" },
            worker.memoryBytes.map { "\(Units.bytes($0)) of memory" },
        ].compactMap { $0 }
        return parts.isEmpty ? "" : "workers: \(parts.joined(separator: ", "))"
    }

    private var warnings: String {
        Warnings(report).texts.flatMap { Self.wrapped("WARNING: \($0)") }.joined(separator: "\n")
    }

    private static let columns = 100

    private static func cut(_ line: String) -> String {
        line.count <= columns ? line : "\(line.prefix(columns - 1))…"
    }

    private static func wrapped(_ text: String) -> [String] {
        text.split(separator: " ").reduce(into: [""]) { lines, word in
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append("  \(word)")
            }
        }
    }
}

extension LoadReport {
    /// `ok` first, then by how many.
    var sortedOutcomes: [(String, UInt64)] {
        outcomes.sorted { one, other in
            if (one.key == Outcomes.ok) != (other.key == Outcomes.ok) { return one.key == Outcomes.ok }
            return one.value == other.value ? one.key < other.key : one.value > other.value
        }.map { ($0.key, $0.value) }
    }
}
