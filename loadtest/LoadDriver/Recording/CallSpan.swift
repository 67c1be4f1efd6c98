/// When the calls of a run count, in nanoseconds of its clock.
struct CallSpan: Sendable, Equatable {
    /// When the measurement begins: the end of the warm-up.
    var start: UInt64
    /// When it ends.
    var end: UInt64

    /// Whether a call that begins then is recorded.
    func measures(_ time: UInt64) -> Bool {
        time >= start && time < end
    }

    /// Seconds since the start of the measurement, rounded down; negative during the warm-up.
    func second(of time: UInt64) -> Int {
        time >= start ? Int((time - start) / 1_000_000_000) : -1 - Int((start - time - 1) / 1_000_000_000)
    }
}
