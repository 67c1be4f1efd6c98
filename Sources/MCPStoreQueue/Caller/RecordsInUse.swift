/// The records of idempotency keys that a process has used and that still count, as far as it remembers: in an `auto` dataspace
/// their lease must be renewed like that of all other keys (``KeyLease``).
struct RecordsInUse {
    /// Of more the ones that end first are forgotten: their keys then count as long as a lease, not as long as they should.
    static let most = 10_000

    /// By record, when it counts no more (``ServerClock/boot()``).
    private var ends: [String: Int] = [:]

    mutating func use(_ record: String, until end: Int, now: Int) {
        ends[record] = max(ends[record] ?? end, end)
        guard ends.count > Self.most else { return }
        ends = ends.filter { $0.value > now }
        guard ends.count > Self.most else { return }
        // A tenth at once, so that this is rare.
        for (record, _) in ends.sorted(by: { $0.value < $1.value }).prefix(Self.most / 10) { ends[record] = nil }
    }

    /// Those that count now.
    mutating func all(now: Int) -> [String] {
        ends = ends.filter { $0.value > now }
        return Array(ends.keys)
    }
}
