import MCPStoreQueue

/// Which spaces are due for their point of history: a state machine without I/O. Each once a minute, spread over it, so that a
/// thousand tenants are no burst. Times are microseconds since boot.
struct HistoryRound {
    /// From one point of a space to the next.
    static let length = 60_000_000
    /// Between two steps of a round.
    static let step = 1_000_000

    private var began = Int.min
    private var left: ArraySlice<Space> = []
    private var share = 0

    init() {}

    /// Whether a round is over and the next one is due.
    func isOver(now: Int) -> Bool { left.isEmpty && (began == .min || now - began >= Self.length) }

    /// A round begins over these spaces.
    mutating func begin(_ spaces: some Sequence<Space>, now: Int) {
        began = now
        left = ArraySlice(spaces)
        // Done a little before the next one begins.
        share = max((left.count + 49) / 50, 1)
    }

    /// The spaces of the next step.
    mutating func next() -> [Space] {
        defer { left = left.dropFirst(share) }
        return Array(left.prefix(share))
    }

    /// When to come back.
    func wake(now: Int) -> Int { left.isEmpty ? max(began + Self.length, now) : now + Self.step }
}
