/// Times, durations and counts that others wrote to Redis. Whoever may write to one space must not end a process that serves
/// others by a number that it adds to or multiplies: what is beyond all reason is cut where it is read.
extension Int {
    /// The largest number that is believed: as microseconds the year 2112. A thousand times as much still fits.
    package static let mostPlausible = 1 << 52

    /// The number, from 0 to ``mostPlausible``.
    package var plausible: Int { Swift.min(Swift.max(self, 0), Self.mostPlausible) }

    /// The number, or the end of the range that is nearer to it.
    package func clamped(to range: ClosedRange<Int>) -> Int { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }

    /// A score of a sorted set, from 0 to ``mostPlausible``: scores may be infinite.
    package init(plausible score: Double) {
        // Written so that what is no number becomes 0.
        self = score >= Double(Self.mostPlausible) ? Self.mostPlausible : score > 0 ? Int(score.rounded(.up)) : 0
    }
}

extension Sequence<Int> {
    /// The sum of counts, each as far as it is plausible, and cut itself where it is not.
    package var plausibleSum: Int { reduce(0) { ($0 + $1.plausible).plausible } }
}
