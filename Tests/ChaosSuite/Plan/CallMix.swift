import LoadDriver

/// What a caller calls: calls of mixed kinds, lengths and sizes, the same ones for the same seed.
struct CallMix {
    private let prefix: String
    private let services: [String]
    private let shared: UInt64
    private var random: SeededGenerator
    private var count = 0
    private var keyed = 0

    /// - Parameters:
    ///   - prefix: What the ids of the calls begin with; no other caller has it.
    ///   - shared: Decides on the calls that have a key: callers with the same number make the same ones.
    init(prefix: String, services: [String], seed: UInt64, shared: UInt64 = 0) {
        self.prefix = prefix
        self.services = services
        self.shared = shared
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> PlannedCall {
        count += 1
        if Int.random(in: 0..<25, using: &random) == 0 { return nextWithKey() }
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

    /// Each caller goes through the same keys in the same order, and uses each twice, so that calls meet a run that goes on, here or
    /// in another process, or one that has ended.
    private mutating func nextWithKey() -> PlannedCall {
        let number = keyed / 2
        keyed += 1
        var random = SeededGenerator(seed: shared &+ UInt64(number) &* 7919)
        return PlannedCall(
            id: "\(prefix)-\(count)",
            service: services[Int.random(in: 0..<services.count, using: &random)],
            tool: ToolKind.allCases[Int.random(in: 0..<3, using: &random)],
            milliseconds: Int.random(in: 0...1200, using: &random),
            bytes: 0,
            key: "key-\(number)"
        )
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
