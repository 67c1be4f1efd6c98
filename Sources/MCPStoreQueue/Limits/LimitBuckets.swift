/// Who leases tokens where there is no Redis: what `limit_lease.lua` does, for one worker.
struct LimitBuckets {
    private var buckets: [LimitScope: (level: Double, at: Int, held: Int)] = [:]

    init() {}

    /// - Parameter now: Microseconds, by a clock that does not go back.
    /// - Returns: Slots, more tokens, and microseconds until there may be more.
    mutating func lease(_ scope: LimitScope, _ limit: CallLimit, _ ask: LimitShare.Ask, now: Int) -> (
        share: Int, extra: Int, wait: Int
    ) {
        let share = limit.concurrency.map { max(min(ask.share, $0), 0) } ?? 0
        guard let rate = limit.rate else { return (share, 0, 0) }
        let room = Double(max(limit.capacity - ask.held, 0))
        let old = buckets[scope]
        // As long as it held them the bucket could not fill up.
        let grown = old.map {
            let filled = $0.level + Double(max(now - $0.at, 0)) * rate / 1_000_000
            return min(filled, Double(max(limit.capacity - $0.held, 0))) + Double(ask.returned)
        }
        var level = max(min(grown ?? Double(limit.capacity), room), 0)
        var extra = min(ask.wanted, Int(level))
        if ask.held + extra < ask.unit { extra = 0 }
        level -= Double(extra)
        buckets[scope] = (level, now, ask.held + extra)
        let need = Double(max(ask.unit - ask.held - extra, 1)) - level
        return (share, extra, need > 0 ? Int((need * 1_000_000 / rate).rounded(.up)) : 0)
    }
}
