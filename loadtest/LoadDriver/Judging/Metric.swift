/// A figure of a report that a condition may name.
struct Metric: Sendable, Equatable {
    let name: String
    private let kind: Kind

    private enum Kind: Sendable, Equatable {
        case rate, calls, errors
        case outcome(String)
        case redisCPU, redisCommands, workerCPU
        /// A figure of a leg; of the driver's lateness where there is no leg.
        case duration(Leg?, String)
    }

    private static let plain: [(name: String, kind: Kind)] = [
        ("rate", .rate), ("calls", .calls), ("errors", .errors), (Outcomes.notStarted, .outcome(Outcomes.notStarted)),
        (Outcomes.unanswered, .outcome(Outcomes.unanswered)), ("redisCPU", .redisCPU), ("redisCommands", .redisCommands),
        ("workerCPU", .workerCPU),
    ]
    private static let statistics = LegReport.statistics.map(\.name)

    static var help: String {
        let legs = (Leg.allCases.map(\.rawValue) + ["lateness"]).joined(separator: ", ")
        let figures = statistics.joined(separator: ", ")
        return "\(plain.map(\.name).joined(separator: ", ")), \(figures); and those after queued. and so on (\(legs))"
    }

    /// Such as `rate`, `p99` (of the whole call), `queued.p99`.
    init?(_ name: String) {
        self.name = name
        if let plain = Self.plain.first(where: { $0.name == name }) {
            kind = plain.kind
            return
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let statistic = parts.last, Self.statistics.contains(statistic), parts.count <= 2 else { return nil }
        if parts.count == 1 {
            kind = .duration(.total, statistic)
        } else if parts[0] == "lateness" {
            kind = .duration(nil, statistic)
        } else if let leg = Leg(rawValue: parts[0]) {
            kind = .duration(leg, statistic)
        } else {
            return nil
        }
    }

    var isDuration: Bool {
        switch kind {
        case .rate, .calls, .errors, .outcome, .redisCommands: false
        case .redisCPU, .workerCPU, .duration: true
        }
    }

    /// Durations in microseconds; nothing where the report does not have it.
    func value(in report: LoadReport) -> Double? {
        switch kind {
        case .rate: report.rate
        case .calls: Double(report.calls)
        case .errors: Double(report.errors)
        case .outcome(let outcome): Double(report.outcomes[outcome] ?? 0)
        case .redisCPU: report.redis?.cpuMicrosecondsPerCall
        case .redisCommands: report.redis?.commandsPerCall
        case .workerCPU: report.worker?.cpuMicrosecondsPerCall
        case .duration(let leg, let statistic): Self.duration(leg.map { report[$0] } ?? report.lateness, statistic)
        }
    }

    private static func duration(_ leg: LegReport?, _ statistic: String) -> Double? {
        guard let leg, leg.count > 0 else { return nil }
        return LegReport.statistics.first { $0.name == statistic }.map { $0.value(leg) }
    }
}
