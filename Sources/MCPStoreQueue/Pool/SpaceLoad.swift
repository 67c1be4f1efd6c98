/// What all spaces have to do, and how many were left out because there are too many.
package typealias SpaceLoads = (loads: [SpaceLoad], omitted: Int)

/// What one space has to do at one moment.
package struct SpaceLoad: Sendable, Equatable {
    package let space: Space
    package var services = 0
    package var queued = 0
    package var running = 0
    /// How long the job has waited that has waited the longest, in microseconds; `nil` where none waits.
    package var oldestWait: Int?
    /// Calls that ended a second in the last minute, and those of them that did not end as `ok`; `nil` where no coordinator has counted.
    package var calls: Double?
    package var failed: Double?

    package init(_ space: Space) { self.space = space }

    /// Rates from the last two points of its history, the newest first.
    mutating func setRates(_ points: [HistoryPoint], now: Int) {
        guard points.count >= 2, now / 1000 - points[0].at <= Self.current, points[0].at > points[1].at else { return }
        let seconds = Double(points[0].at - points[1].at) / 1000
        calls = Double(max(points[0].calls - points[1].calls, 0)) / seconds
        failed = Double(max(points[0].failed - points[1].failed, 0)) / seconds
    }

    /// A point that is older says nothing of now, in milliseconds: one is added a minute.
    private static let current = 150_000
}
