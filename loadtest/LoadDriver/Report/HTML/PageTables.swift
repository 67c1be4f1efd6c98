/// The tables of a page.
struct PageTables: Sendable {
    let report: LoadReport

    var legs: Markup? {
        let all: [(String, LegReport?)] = Leg.allCases.map { ($0.rawValue, report[$0]) } + [("lateness", report.lateness)]
        let rows = all.compactMap { name, leg -> [String]? in
            guard let leg, leg.count > 0 else { return nil }
            let figures = [leg.min, leg.p50, leg.p90, leg.p99, leg.p999, leg.p9999, leg.max]
            return [name] + figures.map { Units.duration(microseconds: $0) }
        }
        return table(["leg", "min", "p50", "p90", "p99", "p99.9", "p99.99", "max"], rows)
    }

    /// Nothing where there is one group only.
    var groups: Markup? {
        guard report.groups.count > 1 else { return nil }
        let rows = report.groups.sorted { $0.key < $1.key }.map { name, group in
            let total = group[.total]
            let figures = [total?.p50, total?.p99, total?.p999, total?.max]
            return [name, Units.count(group.calls), Units.rate(group.rate)]
                + figures.map { $0.map { Units.duration(microseconds: $0) } ?? "—" }
        }
        return table(["group", "calls", "rate", "p50", "p99", "p99.9", "max"], rows)
    }

    var outcomes: Markup? {
        let rows = report.sortedOutcomes.map { outcome, count in
            [outcome, Units.count(count), "\(Units.fixed(Double(count) / Double(max(report.calls, 1)) * 100, 2)) %"]
        }
        let examples = report.sortedOutcomes.flatMap { outcome, _ in
            (report.examples[outcome] ?? []).map { message -> Markup in "<li><b>\(outcome)</b> <code>\(message)</code></li>" }
        }
        let list: Markup? = examples.isEmpty ? nil : "<ul class=\"examples\">\(examples)</ul>"
        return table(["outcome", "calls", "share"], rows).map { "\($0)\(list)" }
    }

    var commands: Markup? {
        let commands = (report.redis?.commands ?? []).sorted { $0.microsecondsPerCall > $1.microsecondsPerCall }
        let rows = commands.prefix(10).map { command in
            [command.name, Units.fixed(command.callsPerCall, 3), Units.duration(microseconds: command.microsecondsPerCall)]
        }
        let note: Markup = "<p class=\"note\">A script (evalsha) holds the time of the commands in it.</p>"
        return table(["Redis command", "times a call", "CPU a call"], rows).map { "\($0)\(note)" }
    }

    var environment: Markup? {
        let (scenario, redis, worker, machine) = (report.scenario, report.redis, report.worker, report.machine)
        let processes = "\(Units.count(scenario.workers)) × \(Units.count(scenario.slots)) slots"
        let server = scenario.server.map { "\($0.transport.rawValue), \(Units.count($0.concurrency)) calls at a time" }
        let rows: [(String, String?)] = [
            ("target", scenario.target.rawValue), ("load", scenario.load.summary),
            ("measured", "\(Units.seconds(report.seconds)) after \(Units.seconds(scenario.warmUp)) of warm-up"),
            ("calls", Self.mix(scenario)), ("MCP server", server), ("workers", scenario.target == .direct ? nil : processes),
            ("workers' CPU a call", worker?.cpuMicrosecondsPerCall.map { Units.duration(microseconds: $0) }),
            ("workers' memory", worker?.memoryBytes.map { Units.bytes($0) }), ("Redis", redis?.version),
            ("Redis commands a call", redis?.commandsPerCall.map { Units.digits($0) }),
            ("memory of a queued job", redis?.bytesPerQueuedJob.map { "\(Units.count($0)) bytes" }),
            ("processor", machine?.model), ("cores", machine?.cores.map { Units.count($0) }), ("kernel", machine?.kernel),
        ]
        let lines = rows.compactMap { name, value -> Markup? in
            value.map { "<tr><th>\(name)</th><td>\($0)</td></tr>" }
        }
        return "<div class=\"scroll\"><table class=\"pairs\"><tbody>\(lines)</tbody></table></div>"
    }

    private static func mix(_ scenario: Scenario) -> String {
        zip(LoadMix.names(of: scenario.mix), scenario.mix).map { name, entry in
            let tenants = entry.tenants > 1 ? ", \(Units.count(entry.tenants)) tenants" : ""
            return "\(name) (\(Units.bytes(Double(entry.payload))), \(entry.lane)\(tenants))"
        }.joined(separator: "; ")
    }

    private func table(_ head: [String], _ rows: [[String]]) -> Markup? {
        guard !rows.isEmpty else { return nil }
        let titles = head.map { title -> Markup in "<th>\(title)</th>" }
        let lines = rows.map { row -> Markup in
            let cells = row.dropFirst().map { cell -> Markup in "<td>\(cell)</td>" }
            return "<tr><th>\(row.first ?? "")</th>\(cells)</tr>"
        }
        return "<div class=\"scroll\"><table><thead><tr>\(titles)</tr></thead><tbody>\(lines)</tbody></table></div>"
    }
}
