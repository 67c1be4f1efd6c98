import MCPStoreQueue
import MCPStoreRedis

/// What every process of a cluster tells of itself.
extension MetricsText {
    /// - Parameter role: `gateway`, `worker` or `coordinator`.
    mutating func addProcess(role: String) {
        let what = "The version of this \(role)."
        add("mcpstore_build_info", .gauge, what, [("version", QueueVersion.current), ("role", role)], 1)
        let trips = RoundTripCounts.ofProcess
        var (upTo, buckets): (Int, [(bound: Double, count: Int)]) = (0, [])
        for (bound, count) in zip(RoundTripCounts.bounds, trips.buckets) {
            upTo += count
            buckets.append((Double(bound) / 1_000_000, upTo))
        }
        add(
            histogram: "mcpstore_redis_round_trip_seconds",
            "How long Redis took to answer this process, waiting for the connection included; without reads that block.",
            [],
            buckets: buckets,
            count: trips.count,
            sum: Double(trips.sum) / 1_000_000
        )
        add(
            "mcpstore_redis_failures_total",
            .counter,
            "Round trips that ended with an error, of Redis or of the connection.",
            [],
            Double(trips.failures)
        )
    }
}
