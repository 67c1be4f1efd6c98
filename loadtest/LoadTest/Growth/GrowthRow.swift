import LoadDriver

/// What a call cost beside a grown amount, and in the plain case of the same minutes.
struct GrowthRow {
    struct Figures {
        /// Commands that Redis did for one call, those inside of scripts too, one call at a time.
        var commands: Double
        /// The same by name, without those that take no time.
        var commandsByName: [String: Double]
        /// Redis' CPU time for one call with all callers, in microseconds.
        var redisMicroseconds: Double
        /// Answered calls a second with all callers.
        var rate: Double
    }

    static let header = """
        | beside | commands/call, one at a time | plain | Redis µs/call | plain | ratio | calls/s | plain |
        |---|---:|---:|---:|---:|---:|---:|---:|
        """

    let title: String
    let isBounded: Bool
    /// One of each for each round.
    var plain: [Figures] = []
    var grown: [Figures] = []

    init(title: String, isBounded: Bool) {
        self.title = title
        self.isBounded = isBounded
    }

    /// The median over the rounds of what each pair says.
    var ratio: Double { Self.median(zip(grown, plain).map { $0.redisMicroseconds / $1.redisMicroseconds }) }

    /// Between 1.00 and 1.01: what is done by time, such as leases, is counted too.
    var commandsDiffer: Bool { abs(commands(grown) - commands(plain)) >= 0.05 }

    /// What a call does more or less than in the plain case: `xread 2.00 (1.00)`.
    var commandDifferences: String {
        func median(_ name: String, _ figures: [Figures]) -> Double {
            Self.median(figures.map { $0.commandsByName[name] ?? 0 })
        }
        let names = Set((plain + grown).flatMap(\.commandsByName.keys)).sorted()
        return names.compactMap { name in
            let (now, usual) = (median(name, grown), median(name, plain))
            return abs(now - usual) < 0.005 ? nil : "\(name) \(Units.fixed(now, 2)) (\(Units.fixed(usual, 2)))"
        }.joined(separator: ", ")
    }

    /// A row of a Markdown table.
    var text: String {
        let cells = [
            title,
            Units.fixed(commands(grown), 2), Units.fixed(commands(plain), 2),
            Units.fixed(Self.median(grown.map(\.redisMicroseconds)), 1),
            Units.fixed(Self.median(plain.map(\.redisMicroseconds)), 1),
            Units.fixed(ratio, 2),
            Units.fixed(Self.median(grown.map(\.rate)), 0), Units.fixed(Self.median(plain.map(\.rate)), 0),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func commands(_ figures: [Figures]) -> Double { Self.median(figures.map(\.commands)) }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let middle = sorted.indices.dropFirst(sorted.count / 2).first else { return .nan }
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
