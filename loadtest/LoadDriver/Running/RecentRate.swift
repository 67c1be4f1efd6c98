/// The rate of a count over about the last second.
struct RecentRate: Sendable {
    private var samples: [(time: UInt64, count: UInt64)] = []

    /// - Returns: How much the count grew in a second.
    mutating func add(_ count: UInt64, at time: UInt64) -> Double {
        samples.append((time, count))
        // One sample that is a second old or older is what the newest is compared with.
        while samples.count > 2, samples[1].time + 1_000_000_000 <= time { samples.removeFirst() }
        guard let first = samples.first, time > first.time else { return 0 }
        return Double(count - first.count) * 1e9 / Double(time - first.time)
    }
}
