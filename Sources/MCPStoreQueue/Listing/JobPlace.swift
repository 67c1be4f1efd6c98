/// A place in the order of all jobs that lie in lanes: newest entries first, of those with one id in the order of their lanes.
package struct JobPlace: Sendable, Hashable, Comparable {
    /// The entry's id.
    package let milliseconds: Int
    package let sequence: Int
    /// The key of the lane behind the space.
    package let lane: String

    init(_ entry: EntryID, lane: LaneID) {
        milliseconds = entry.milliseconds
        sequence = entry.sequence
        self.lane = "\(lane.lane == .batch ? "b" : "i").\(lane.service.name)"
    }

    /// Reads ``text``; `nil` for what is none.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        let entry = EntryID(String(parts.first ?? ""))
        guard parts.count == 2, !entry.isNone, parts[1].utf8.count <= 130 else { return nil }
        milliseconds = entry.milliseconds
        sequence = entry.sequence
        lane = String(parts[1])
    }

    /// `1700000000000-0.i.weather`
    package var text: String { "\(entry).\(lane)" }

    /// The entry's id as Redis writes it.
    var entry: String { "\(milliseconds)-\(sequence)" }

    /// Whether it comes before another one.
    package static func < (left: JobPlace, right: JobPlace) -> Bool {
        if left.milliseconds != right.milliseconds { return left.milliseconds > right.milliseconds }
        if left.sequence != right.sequence { return left.sequence > right.sequence }
        return left.lane < right.lane
    }
}
