extension Scenario {
    /// Calls a second.
    package static let highestRate = 1_000_000.0
    package static let lowestRate = 0.001
    /// Seconds that a run takes at least.
    static let shortest = 0.1

    /// - Throws: ``ScenarioError`` for the first value out of its range.
    package func validate() throws {
        try check("workers", workers, 1...1_000)
        try check("coordinators", coordinators, 0...100)
        try check("slots", slots, 1...1_000_000)
        try check("seconds", seconds, Self.shortest...86_400, "seconds")
        try check("warmUp", warmUp, 0...3_600, "seconds")
        try check("timeout", timeout, 0...3_600, "seconds")
        try check("mostInFlight", mostInFlight, 1...10_000_000)
        if let server { try check("server.concurrency", server.concurrency, 1...1_000_000) }
        if server == nil, target != .queue {
            throw ScenarioError(
                "server",
                "is missing; the target \"\(target.rawValue)\" needs one, such as {\"transport\": \"stdio\"}"
            )
        }
        try validateLoad()
        try validateMix()
        for (index, text) in failIf.enumerated() {
            do {
                _ = try FailCondition(text)
            } catch {
                throw ScenarioError("failIf[\(index)]", "is no condition: \(error)")
            }
        }
    }

    private func validateLoad() throws {
        let rates = Self.lowestRate...Self.highestRate
        switch load {
        case .closed(let callers):
            try check("load.callers", callers, 1...1_000_000)
            guard callers <= mostInFlight else {
                throw ScenarioError("load.callers", "is \(callers), more than mostInFlight (\(mostInFlight)); raise mostInFlight")
            }
        case .constant(let rate), .poisson(let rate): try check("load.rate", rate, rates, "calls a second")
        case .ramp(let from, let to):
            try check("load.from", from, 0...Self.highestRate, "calls a second")
            try check("load.to", to, 0...Self.highestRate, "calls a second")
            guard from > 0 || to > 0 else { throw ScenarioError("load", "ramps from 0 to 0: no call would be made") }
        case .steps(let rates):
            guard (1...1_000).contains(rates.count) else {
                throw ScenarioError("load.rates", "has \(rates.count) rates; it must have 1 to 1000")
            }
            for (index, rate) in rates.enumerated() {
                try check("load.rates[\(index)]", rate, 0...Self.highestRate, "calls a second")
            }
            guard rates.contains(where: { $0 > 0 }) else { throw ScenarioError("load.rates", "are all 0: no call would be made") }
        case .bursts(let size, let every):
            try check("load.size", size, 1...1_000_000)
            try check("load.every", every, 0.001...86_400, "seconds")
            guard Double(size) / every <= Self.highestRate else {
                throw ScenarioError("load", "asks for more than 1000000 calls a second; make the bursts smaller or rarer")
            }
        }
    }

    private func validateMix() throws {
        guard (1...64).contains(mix.count) else {
            throw ScenarioError("mix", "has \(mix.count) entries; it must have 1 to 64")
        }
        var names: Set<String> = []
        for (index, entry) in mix.enumerated() {
            let place = "mix[\(index)]"
            if let name = entry.name {
                guard !name.isEmpty else { throw ScenarioError("\(place).name", "is empty; give it one, or leave it out") }
                guard names.insert(name).inserted else {
                    throw ScenarioError("\(place).name", "is \"\(name)\" as that of another entry; each needs its own")
                }
            }
            try check("\(place).weight", entry.weight, 0...1_000_000)
            try check("\(place).payload", entry.payload, 0...64 << 20, "bytes")
            try check("\(place).tenants", entry.tenants, 1...10_000)
            guard !entry.tool.isEmpty else { throw ScenarioError("\(place).tool", "is empty; name a tool, such as \"echo\"") }
            guard ["interactive", "batch"].contains(entry.lane) else {
                throw ScenarioError("\(place).lane", "is \"\(entry.lane)\"; it must be \"interactive\" or \"batch\"")
            }
        }
        guard mix.contains(where: { $0.weight > 0 }) else {
            throw ScenarioError("mix", "has no weight above 0: no call would be made")
        }
    }

    private func check<Value: Comparable>(
        _ member: String,
        _ value: Value,
        _ range: ClosedRange<Value>,
        _ unit: String? = nil
    ) throws {
        guard !range.contains(value) else { return }
        let bounds = "\(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))"
        throw ScenarioError(member, "is \(Self.short(value)); it must be \(bounds)\(unit.map { " \($0)" } ?? "")")
    }

    /// `5` for 5.0.
    private static func short<Value>(_ value: Value) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
