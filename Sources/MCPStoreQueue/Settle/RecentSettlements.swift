import DequeModule

/// The settlements of the last three seconds, bounded in number and bytes: what a Redis that syncs its log once a second, or
/// a replica that takes over, may have forgotten. Kept by the batch, as they were confirmed.
///
/// The seconds are counted back from the last one: when a Redis is back, or replaced, it has been away for longer than that.
struct RecentSettlements {
    static let keep = 3_000_000
    static let largestCount = 20_000
    static let largestBytes = 8 << 20

    private struct Batch {
        let settlements: [Settlement]
        let bytes: Int
        let ticket: Int
        let at: Int
    }

    private var batches: Deque<Batch> = []
    private var count = 0
    private var bytes = 0

    init() {}

    /// - Parameters:
    ///   - ticket: The ``ReplicaBarrier``'s ticket of these settlements.
    ///   - now: ``ServerClock/boot()``.
    ///   - isConfirmed: Whether replicas have what a ticket was taken for; others are kept for longer.
    /// - Returns: How many had to be forgotten although they are not confirmed, because there is no room for more.
    mutating func append(_ settlements: [Settlement], ticket: Int, now: Int, isConfirmed: (Int) -> Bool) -> Int {
        let batch = Batch(settlements: settlements, bytes: settlements.reduce(0) { $0 + $1.size }, ticket: ticket, at: now)
        batches.append(batch)
        count += settlements.count
        bytes += batch.bytes
        var forgotten = 0
        while let first = batches.first {
            let isFull = count > Self.largestCount || bytes > Self.largestBytes
            let isOld = first.at < now - Self.keep
            guard isFull || isOld else { break }
            let confirmed = isConfirmed(first.ticket)
            guard isFull || confirmed else { break }
            if !confirmed { forgotten += first.settlements.count }
            batches.removeFirst()
            count -= first.settlements.count
            bytes -= first.bytes
        }
        return forgotten
    }

    /// Takes out all.
    mutating func take() -> [Settlement] {
        let recent = batches.flatMap(\.settlements)
        batches = []
        count = 0
        bytes = 0
        return recent
    }
}
