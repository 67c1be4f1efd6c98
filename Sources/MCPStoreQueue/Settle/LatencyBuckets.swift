/// The histogram of the stats: four buckets a power of two of microseconds, so that a percentile read from it is at most a
/// quarter too high. Bucket `n` counts durations up to ``upperBound(_:)`` of `n` and above that of `n - 1`.
package enum LatencyBuckets {
    /// 0 for up to 1 microsecond, at most ``last``.
    package static func bucket(microseconds: Int) -> Int {
        guard microseconds > 1 else { return 0 }
        let exponent = Int.bitWidth - 1 - (microseconds - 1).leadingZeroBitCount
        let base = 1 << exponent
        // Which quarter of (base, 2 * base] it lies in.
        let quarter = exponent < 2 ? (microseconds - 1 - base) * 4 / base : (microseconds - 1 - base) >> (exponent - 2)
        return min(exponent * 4 + quarter + 1, last)
    }

    /// The bucket of everything above about 36 hours.
    package static let last = 37 * 4

    /// The fields of the stats that count the waiting, by bucket.
    static let waitedFields = (0...last).map { "w\($0)" }
    /// The fields of the stats that count the running, by bucket.
    static let ranFields = (0...last).map { "r\($0)" }

    /// The longest duration that bucket `n` counts, in microseconds.
    package static func upperBound(_ bucket: Int) -> Int {
        guard bucket > 0 else { return 1 }
        let bucket = min(bucket, last)
        let exponent = (bucket - 1) / 4
        let quarter = (bucket - 1) % 4
        return (1 << exponent) + ((1 << exponent) * (quarter + 1) + 3) / 4
    }

    /// The fields to count for one job: `w…` waiting, `r…` running, and how its answer was used again.
    static func fields(waited: Int?, ran: Int?, reuse: Outcome.Reuse? = nil) -> String {
        let names = [waited.map { waitedFields[bucket(microseconds: $0)] }, ran.map { ranFields[bucket(microseconds: $0)] }]
        return (names + [reuse?.rawValue]).compactMap { $0 }.joined(separator: " ")
    }
}
