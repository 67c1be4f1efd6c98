/// What is known while a run goes on.
struct LiveCounts: Sendable {
    /// Since the beginning, with the warm-up.
    var answered: UInt64
    var errors: UInt64
    /// Percentiles of the last full second in microseconds, if calls ended in it.
    var last: (p50: Double, p99: Double)?
}
