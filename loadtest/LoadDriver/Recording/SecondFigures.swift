/// One second of the measurement.
package struct SecondFigures: Codable, Sendable, Equatable {
    /// Since the start of the measurement, from 0.
    package var second: Int
    /// Calls that were answered with `ok` in this second.
    package var answered: UInt64
    /// Calls that ended otherwise, or were not started, in this second.
    package var errors: UInt64
    /// At the end of the second.
    package var inFlight: Int
    /// Of the calls that ended in this second, in microseconds; 0 where none did.
    package var p50: Double
    package var p99: Double

    package init(second: Int, answered: UInt64, errors: UInt64, inFlight: Int, p50: Double, p99: Double) {
        self.second = second
        self.answered = answered
        self.errors = errors
        self.inFlight = inFlight
        self.p50 = p50
        self.p99 = p99
    }
}
