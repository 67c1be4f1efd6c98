/// All that is known of a run, from three sides that know nothing of each other: the callers, the tools, and Redis.
struct Evidence: Sendable {
    /// What the callers wrote down.
    var callers: [CallerLedger] = []
    /// Callers that did not end: they wait for ever.
    var hanging: [String] = []
    /// What the tools wrote down, by call id.
    var executions: [String: Execution] = [:]
    /// What Redis wrote down, by job id.
    var log = RedisLog()
    /// What the stats in Redis say: `service tool` → outcome → count.
    var stats: [String: [String: Int]] = [:]
    /// What went wrong, and when.
    var faults: [FaultSpan] = []
    var left = Leftovers()
    /// Worker processes that registered more than once although nothing was done to them: this machine is too slow for the lease,
    /// so that outcomes other than `ok` may come at any time.
    var lapses = 0
    /// Times around which Redis may have lost what it had confirmed, by ``Microseconds``; `nil` where its log was always synced, so
    /// that nothing may be lost.
    var windows: [ClosedRange<Int>]?
    /// Jobs that Redis had accepted, and whose submission was lost.
    var forgotten = 0
}
