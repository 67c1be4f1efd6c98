extension ToolStats {
    /// Adds an accepted job that has ended, as the settle script does.
    mutating func count(_ outcome: Outcome) {
        outcomes[outcome.kind, default: 0] += 1
        retries += max(outcome.attempt - 1, 0)
        if let reuse = outcome.reuse { reused[reuse, default: 0] += 1 }
        if let waited = outcome.waited {
            waiting += waited
            waitingBuckets[LatencyBuckets.bucket(microseconds: waited), default: 0] += 1
        }
        if let ran = outcome.ran {
            running += ran
            runningBuckets[LatencyBuckets.bucket(microseconds: ran), default: 0] += 1
        }
        if firstCall == nil { firstCall = outcome.finished }
        lastCall = outcome.finished
    }

    /// Both counts together.
    func adding(_ other: ToolStats) -> ToolStats {
        var sum = self
        sum.outcomes.merge(other.outcomes, uniquingKeysWith: +)
        sum.retries += other.retries
        sum.reused.merge(other.reused, uniquingKeysWith: +)
        sum.waiting += other.waiting
        sum.running += other.running
        sum.waitingBuckets.merge(other.waitingBuckets, uniquingKeysWith: +)
        sum.runningBuckets.merge(other.runningBuckets, uniquingKeysWith: +)
        sum.firstCall = [firstCall, other.firstCall].compactMap { $0 }.min()
        sum.lastCall = [lastCall, other.lastCall].compactMap { $0 }.max()
        return sum
    }
}
