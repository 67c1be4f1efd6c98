extension ToolStats {
    /// Adds the counts of another tool.
    package mutating func add(_ other: ToolStats) {
        outcomes.merge(other.outcomes) { $0 + $1 }
        retries += other.retries
        reused.merge(other.reused) { $0 + $1 }
        waiting += other.waiting
        running += other.running
        waitingBuckets.merge(other.waitingBuckets) { $0 + $1 }
        runningBuckets.merge(other.runningBuckets) { $0 + $1 }
        firstCall = [firstCall, other.firstCall].compactMap(\.self).min()
        lastCall = [lastCall, other.lastCall].compactMap(\.self).max()
    }
}
