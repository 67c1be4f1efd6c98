import MCPStoreQueue

/// How a tool was called, over all processes and restarts: `{space}:tools:{key}:stats`.
public struct ToolStatistics: Sendable, Hashable {
    /// The tool's key.
    public let key: String
    /// The service that has it.
    public let service: String
    /// The tool's own name.
    public let tool: String
    /// Calls that have ended.
    public let calls: Int
    /// The same by outcome: `ok`, `toolError`, `protocolError`, `timedOut`, `cancelled`, `interrupted`, `unavailable`.
    public let outcomes: [String: Int]
    /// How often a call was started again after its worker or session was lost.
    public let retries: Int
    /// Calls that got the answer of another call that asked the same: of one that ran (`reused_in_flight`), and of one that had
    /// ended (`reused_kept`).
    public let reused: [String: Int]
    /// How long calls waited to be started.
    public let waiting: Times
    /// How long they ran.
    public let running: Times
    /// When the first call ended, in microseconds since 1970 by Redis' clock.
    public let firstCall: Int?
    /// When the last call ended, in microseconds since 1970 by Redis' clock.
    public let lastCall: Int?

    /// Durations of many calls. The percentiles come from a histogram and are at most a quarter too high.
    public struct Times: Sendable, Hashable {
        /// The sum.
        public let total: Duration
        /// How many were counted.
        public let count: Int
        /// The median.
        public let p50: Duration?
        /// What 9 of 10 did not exceed.
        public let p90: Duration?
        /// What 99 of 100 did not exceed.
        public let p99: Duration?

        /// The average; `nil` where none was counted.
        public var mean: Duration? { count == 0 ? nil : total / count }

        init(_ sum: Int, _ buckets: [Int: Int]) {
            func percentile(_ share: Double) -> Duration? {
                MCPStoreQueue.ToolStats.percentile(share, of: buckets).map { .microseconds($0) }
            }
            total = .microseconds(sum)
            count = buckets.values.plausibleSum
            p50 = percentile(0.5)
            p90 = percentile(0.9)
            p99 = percentile(0.99)
        }
    }

    init(key: String, owner: ToolKey, _ stats: ToolStats) {
        self.key = key
        service = owner.service
        tool = owner.tool
        calls = stats.calls
        outcomes = Dictionary(uniqueKeysWithValues: stats.outcomes.map { ($0.key.rawValue, $0.value) })
        retries = stats.retries
        reused = Dictionary(
            uniqueKeysWithValues: Outcome.Reuse.allCases.map { ($0.rawValue, stats.reused[$0] ?? 0) }
        )
        waiting = Times(stats.waiting, stats.waitingBuckets)
        running = Times(stats.running, stats.runningBuckets)
        firstCall = stats.firstCall
        lastCall = stats.lastCall
    }
}
