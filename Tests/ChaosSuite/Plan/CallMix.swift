import LoadDriver

/// What a caller calls: calls of mixed kinds, lengths and sizes, the same ones for the same seed.
struct CallMix {
    private let prefix: String
    private let services: [String]
    private var random: SeededGenerator
    private var count = 0

    /// - Parameter prefix: What the ids of the calls begin with; no other caller has it.
    init(prefix: String, services: [String], seed: UInt64) {
        self.prefix = prefix
        self.services = services
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> PlannedCall {
        count += 1
        var call = PlannedCall(
            id: "\(prefix)-\(count)",
            service: services[Int.random(in: 0..<services.count, using: &random)],
            tool: ToolKind.allCases[Int.random(in: 0..<3, using: &random)],
            milliseconds: milliseconds(),
            bytes: bytes(),
            isBatch: Int.random(in: 0..<10, using: &random) == 0
        )
        let fate = Int.random(in: 0..<100, using: &random)
        if call.milliseconds >= 40, fate < 6 { call.intent = fate < 3 ? .expire : .cancel }
        return call
    }

    /// Most calls are short; one in a hundred is longer than a lease of three seconds.
    private mutating func milliseconds() -> Int {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<55: 0
        case ..<80: Int.random(in: 1...20, using: &random)
        case ..<94: Int.random(in: 40...300, using: &random)
        case ..<99: Int.random(in: 500...2000, using: &random)
        default: Int.random(in: 3200...4500, using: &random)
        }
    }

    /// Most answers are short; some travel in a key of their own, because they are longer than 64 KiB.
    private mutating func bytes() -> Int {
        switch Int.random(in: 0..<200, using: &random) {
        case ..<190: 0
        case ..<199: Int.random(in: 100...4000, using: &random)
        default: Int.random(in: 66_000...90_000, using: &random)
        }
    }
}
