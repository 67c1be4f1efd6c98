import DequeModule

/// The settlements of the last three seconds, bounded in number and bytes: what a Redis that syncs its log once a second
/// may have forgotten when it comes back.
struct RecentSettlements {
    static let keep = 3_000_000
    static let largestCount = 20_000
    static let largestBytes = 8 << 20

    private var items: Deque<(settlement: Settlement, at: Int)> = []
    private var bytes = 0

    init() {}

    /// - Parameter now: ``ServerClock/boot()``.
    mutating func append(_ settlements: [Settlement], now: Int) {
        for settlement in settlements {
            items.append((settlement, now))
            bytes += settlement.size
        }
        while let first = items.first,
            first.at < now - Self.keep || items.count > Self.largestCount || bytes > Self.largestBytes
        {
            items.removeFirst()
            bytes -= first.settlement.size
        }
    }

    /// Takes out what is recent.
    mutating func take(now: Int) -> [Settlement] {
        let recent = items.filter { $0.at >= now - Self.keep }.map(\.settlement)
        items = []
        bytes = 0
        return recent
    }
}
