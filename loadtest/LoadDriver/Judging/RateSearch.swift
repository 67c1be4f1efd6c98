/// Searches the highest rate that keeps an objective: doubles until one fails, then halves the gap until it is small.
///
/// Ask for ``next``, try it, say ``passed(_:)`` or ``failed(_:)``; ends after a bounded number of trials whatever the answers are.
package struct RateSearch: Sendable {
    private let lowest: Double
    private let highest: Double
    private let precision: Double
    private var trialsLeft: Int
    /// The lowest rate that failed.
    private var failure: Double?
    /// The highest rate that passed, in calls a second; nothing where none did.
    package private(set) var best: Double?
    /// What to try now; nothing at the end.
    package private(set) var next: Double?

    /// - Parameters:
    ///   - start: The first rate, in calls a second.
    ///   - limit: No higher rate is tried.
    ///   - precision: The relative distance between what passed and what failed that is good enough.
    ///   - mostTrials: Ends the search where the others do not.
    /// - Precondition: All are above 0.
    package init(
        from start: Double,
        upTo limit: Double = 1_000_000,
        precision: Double = 0.05,
        mostTrials: Int = 40
    ) {
        precondition(start > 0 && limit > 0 && precision > 0 && mostTrials > 0, "a search needs positive bounds")
        let first = min(start, limit)
        // Below a thousandth of what was asked for, the answer is no.
        lowest = max(first / 1_024, Scenario.lowestRate)
        highest = limit
        self.precision = precision
        trialsLeft = mostTrials
        next = first
    }

    /// Whether the limit itself passed, so that the true answer may be higher.
    package var isLimited: Bool { best == highest }

    package mutating func passed(_ rate: Double) {
        best = max(best ?? rate, rate)
        // Noise: what failed before at a lower rate does not bound the search any more.
        if let failure, failure <= rate { self.failure = nil }
        advance()
    }

    package mutating func failed(_ rate: Double) {
        failure = min(failure ?? rate, rate)
        // Noise: what passed before at a higher rate is not believed any more.
        if let best, best >= rate { self.best = nil }
        advance()
    }

    private mutating func advance() {
        trialsLeft -= 1
        next = trialsLeft > 0 ? following : nil
    }

    private var following: Double? {
        switch (best, failure) {
        case (let best?, let failure?): failure / best - 1 <= precision ? nil : (best + failure) / 2
        case (let best?, nil): best >= highest ? nil : min(best * 2, highest)
        case (nil, let failure?): failure / 2 < lowest ? nil : failure / 2
        case (nil, nil): next
        }
    }
}
