/// Durations of one leg, in microseconds.
package struct LegReport: Codable, Sendable, Equatable {
    package var count: UInt64
    package var min: Double
    package var mean: Double
    package var max: Double
    package var p50: Double
    package var p90: Double
    package var p95: Double
    package var p99: Double
    package var p999: Double
    package var p9999: Double
    /// The buckets of the histogram that are not empty, in order.
    package var buckets: [Bucket]

    package init(_ histogram: LatencyHistogram) {
        count = histogram.count
        min = Self.tenth(histogram.min)
        mean = Self.tenth(histogram.mean)
        max = Self.tenth(histogram.max)
        p50 = Self.tenth(histogram.percentile(50))
        p90 = Self.tenth(histogram.percentile(90))
        p95 = Self.tenth(histogram.percentile(95))
        p99 = Self.tenth(histogram.percentile(99))
        p999 = Self.tenth(histogram.percentile(99.9))
        p9999 = Self.tenth(histogram.percentile(99.99))
        buckets = histogram.buckets.reduce(into: []) { buckets, bucket in
            let upper = Self.tenth(bucket.upper)
            if let last = buckets.last, last.upper == upper {
                buckets[buckets.count - 1].count += bucket.count
            } else {
                buckets.append(Bucket(upper: upper, count: bucket.count))
            }
        }
    }

    /// The figures that conditions and tables name, such as `p99`.
    static let statistics: [(name: String, value: @Sendable (LegReport) -> Double)] = [
        ("min", { $0.min }), ("mean", { $0.mean }), ("p50", { $0.p50 }), ("p90", { $0.p90 }), ("p95", { $0.p95 }),
        ("p99", { $0.p99 }), ("p999", { $0.p999 }), ("p9999", { $0.p9999 }), ("max", { $0.max }),
    ]

    private static func tenth(_ value: Double) -> Double {
        (value * 10).rounded() / 10
    }
}
