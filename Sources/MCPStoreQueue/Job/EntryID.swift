/// An entry of a job stream: its id, `milliseconds-sequence` by Redis' clock, and the lane in which it lies.
///
/// Entries of different lanes may have the same id, when they were made in the same millisecond: without the lane they are
/// not told apart.
package struct EntryID: Hashable, Sendable, CustomStringConvertible {
    /// Which queue an entry lies in, where a worker serves two: what is settled goes back to where it came from.
    package enum Origin: Sendable, Hashable {
        case redis
        case memory
    }

    /// The id alone, as Redis writes it.
    package let description: String
    /// The lane in which it lies; `nil` where only the id matters.
    package let lane: LaneID?
    package let origin: Origin

    package init(_ text: String, in lane: LaneID? = nil, origin: Origin = .redis) {
        description = text
        self.lane = lane
        self.origin = origin
    }

    /// Ids are nearly unique: hashing the lane as well would cost more than it saves.
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// The millisecond part; 0 where the id is malformed.
    package var milliseconds: Int {
        var value = 0
        for byte in description.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), value < 1 << 53 else { break }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
