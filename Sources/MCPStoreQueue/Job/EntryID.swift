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

    /// When it was made; 0 where the id is malformed.
    package let milliseconds: Int
    package let sequence: Int
    /// The lane in which it lies; `nil` where only the id matters.
    package let lane: LaneID?
    package let origin: Origin

    package init(milliseconds: Int, sequence: Int, in lane: LaneID?, origin: Origin = .redis) {
        self.milliseconds = milliseconds
        self.sequence = sequence
        self.lane = lane
        self.origin = origin
    }

    /// When it was made, in microseconds, as far as that is plausible: somebody may have chosen the id.
    package var time: Int { milliseconds.plausible * 1000 }

    /// Whether it is `0-0`: malformed, or larger than any that Redis makes by its clock. It names no entry.
    var isNone: Bool { milliseconds == 0 && sequence == 0 }

    /// Reads an id as Redis writes it. What is malformed becomes `0-0`, which no entry has; so does what somebody chose beyond
    /// the largest `Int`: another number would name another entry.
    package init(_ text: String, in lane: LaneID? = nil, origin: Origin = .redis) {
        var text = text
        self = text.withUTF8 { EntryID(UnsafeRawBufferPointer($0), in: lane, origin: origin) }
    }

    /// The same from bytes.
    init(_ bytes: UnsafeRawBufferPointer, in lane: LaneID?, origin: Origin = .redis) {
        var parts = (0, 0)
        var isSequence = false
        var overflows = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = (isSequence ? parts.1 : parts.0).multipliedReportingOverflow(by: 10)
                let (sum, carried) = product.addingReportingOverflow(Int(byte &- UInt8(ascii: "0")))
                overflows = overflows || overflow || carried
                if isSequence { parts.1 = sum } else { parts.0 = sum }
            case UInt8(ascii: "-") where !isSequence: isSequence = true
            default:
                self.init(milliseconds: 0, sequence: 0, in: lane, origin: origin)
                return
            }
        }
        if overflows { parts = (0, 0) }
        self.init(milliseconds: parts.0, sequence: parts.1, in: lane, origin: origin)
    }

    /// The id alone, as Redis writes it.
    package var description: String { "\(milliseconds)-\(sequence)" }

    /// The same entry, known to lie in this lane.
    func placed(in lane: LaneID) -> EntryID {
        EntryID(milliseconds: milliseconds, sequence: sequence, in: lane, origin: origin)
    }

    /// Ids are nearly unique: hashing the lane as well would cost more than it saves.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(milliseconds)
        hasher.combine(sequence)
    }

    package static func == (left: EntryID, right: EntryID) -> Bool {
        left.milliseconds == right.milliseconds && left.sequence == right.sequence && left.origin == right.origin
            && left.lane == right.lane
    }
}
