import Histogram

/// What ended in one second.
struct SecondRecord: Sendable {
    var answered: UInt64 = 0
    var errors: UInt64 = 0
    /// Two digits are enough for a line in a chart, and there is one for every second.
    var total = LatencyHistogram(.two)

    mutating func add(_ other: SecondRecord) {
        answered += other.answered
        errors += other.errors
        total.add(other.total)
    }
}
