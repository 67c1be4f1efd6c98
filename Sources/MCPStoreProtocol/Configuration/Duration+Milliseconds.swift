import NIOCore

extension Duration {
    /// The duration in milliseconds, rounded down, never negative.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? 0 : .max / 1_000_000 }
        return min(max(0, scaled + attoseconds / 1_000_000_000_000_000), .max / 1_000_000)
    }
}
