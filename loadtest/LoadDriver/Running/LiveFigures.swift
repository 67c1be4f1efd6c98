/// What a run looks like at one moment.
package struct LiveFigures: Sendable, Equatable {
    package var phase: LoadPhase
    /// Seconds since the phase began.
    package var elapsed: Double
    /// How many seconds the phase takes; at most, when draining.
    package var length: Double
    /// Answers a second, over about the last second.
    package var rate: Double
    package var inFlight: Int
    /// Of the calls that ended in the last full second, in microseconds; nothing where none did.
    package var p50: Double?
    package var p99: Double?
    /// Since the beginning, with the warm-up: answered with `ok`, and all else.
    package var answered: UInt64
    package var errors: UInt64

    package init(
        phase: LoadPhase,
        elapsed: Double,
        length: Double,
        rate: Double,
        inFlight: Int,
        p50: Double?,
        p99: Double?,
        answered: UInt64,
        errors: UInt64
    ) {
        self.phase = phase
        self.elapsed = elapsed
        self.length = length
        self.rate = rate
        self.inFlight = inFlight
        self.p50 = p50
        self.p99 = p99
        self.answered = answered
        self.errors = errors
    }
}
