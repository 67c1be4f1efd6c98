/// What is known of the calls of one mix entry, or of all.
package struct GroupRecord: Sendable {
    /// Of the measured time, whatever became of them.
    package var calls: UInt64 = 0
    /// Answers with ``Outcomes/ok`` that came while it was measured, whenever the call had begun.
    package var answered: UInt64 = 0
    package var legs: [Leg: LatencyHistogram] = [:]

    mutating func record(_ leg: Leg, nanoseconds: UInt64) {
        legs[leg, default: LatencyHistogram()].record(nanoseconds: nanoseconds)
    }

    mutating func record(_ leg: Leg, microseconds: Int?) {
        guard let microseconds else { return }
        // Clocks of several machines may make a leg negative.
        record(leg, nanoseconds: UInt64(max(microseconds, 0)).multipliedReportingOverflow(by: 1_000).partialValue)
    }

    mutating func add(_ other: GroupRecord) {
        calls += other.calls
        answered += other.answered
        for (leg, histogram) in other.legs { legs[leg, default: LatencyHistogram()].add(histogram) }
    }
}
