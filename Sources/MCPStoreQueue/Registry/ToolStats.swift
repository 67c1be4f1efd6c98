import MCPStoreRedis

/// How a tool was called: the hash `{space}:tools:{t}:stats`.
package struct ToolStats: Sendable, Equatable {
    /// Accepted jobs by outcome.
    package var outcomes: [OutcomeKind: Int] = [:]
    package var retries = 0
    /// Calls that got the answer of another call that asked the same.
    package var reused: [Outcome.Reuse: Int] = [:]
    /// Sums, in microseconds.
    package var waiting = 0
    package var running = 0
    /// Histogram buckets (``LatencyBuckets``) and their counts.
    package var waitingBuckets: [Int: Int] = [:]
    package var runningBuckets: [Int: Int] = [:]
    /// Microseconds since 1970 by Redis' clock.
    package var firstCall: Int?
    package var lastCall: Int?

    package init() {}

    /// All accepted jobs that have ended.
    package var calls: Int { outcomes.values.plausibleSum }

    /// What only grows, by field.
    var counts: [String: Int] {
        var counts = ["retries": retries, "waiting_us": waiting, "running_us": running]
        for (kind, count) in outcomes { counts[kind.rawValue] = count }
        for (how, count) in reused { counts[how.rawValue] = count }
        for (bucket, count) in waitingBuckets { counts["w\(bucket)"] = count }
        for (bucket, count) in runningBuckets { counts["r\(bucket)"] = count }
        return counts
    }

    /// Reads the reply of HGETALL. Unknown fields that count something are taken as outcomes of a newer version (I13).
    package init?(_ reply: RESPReply) {
        guard let fields = reply.array, fields.count > 0 else { return nil }
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next()?.integer?.plausible {
            switch name {
            case "retries": retries = value
            case "waiting_us": waiting = value
            case "running_us": running = value
            case "first_call": firstCall = value
            case "last_call": lastCall = value
            default:
                if let how = Outcome.Reuse(rawValue: name) {
                    reused[how] = value
                } else if let bucket = Int(name.dropFirst()), name.first == "w" {
                    waitingBuckets[bucket] = value
                } else if let bucket = Int(name.dropFirst()), name.first == "r" {
                    runningBuckets[bucket] = value
                } else {
                    outcomes[OutcomeKind(rawValue: name)] = value
                }
            }
        }
    }

    /// The duration that `share` (0…1) of the counted jobs did not exceed, in microseconds; at most a quarter too high.
    package static func percentile(_ share: Double, of buckets: [Int: Int]) -> Int? {
        let total = buckets.values.plausibleSum
        guard total > 0 else { return nil }
        var seen = 0
        for bucket in buckets.keys.sorted() {
            seen = (seen + (buckets[bucket] ?? 0).plausible).plausible
            if Double(seen) >= share * Double(total) { return LatencyBuckets.upperBound(bucket) }
        }
        return nil
    }
}
