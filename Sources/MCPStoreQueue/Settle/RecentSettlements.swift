import DequeModule

/// The settlements of the last three seconds, bounded in number and bytes: what a Redis that syncs its log once a second
/// may have forgotten when it comes back. Kept by the batch, as they were confirmed.
struct RecentSettlements {
    static let keep = 3_000_000
    static let largestCount = 20_000
    static let largestBytes = 8 << 20

    private struct Batch {
        let settlements: [Settlement]
        let bytes: Int
        let at: Int
    }

    private var batches: Deque<Batch> = []
    private var count = 0
    private var bytes = 0

    init() {}

    /// - Parameter now: ``ServerClock/boot()``.
    mutating func append(_ settlements: [Settlement], now: Int) {
        let batch = Batch(settlements: settlements, bytes: settlements.reduce(0) { $0 + $1.size }, at: now)
        batches.append(batch)
        count += settlements.count
        bytes += batch.bytes
        while let first = batches.first, first.at < now - Self.keep || count > Self.largestCount || bytes > Self.largestBytes {
            batches.removeFirst()
            count -= first.settlements.count
            bytes -= first.bytes
        }
    }

    /// Takes out what is recent.
    mutating func take(now: Int) -> [Settlement] {
        let recent = batches.filter { $0.at >= now - Self.keep }.flatMap(\.settlements)
        batches = []
        count = 0
        bytes = 0
        return recent
    }
}
