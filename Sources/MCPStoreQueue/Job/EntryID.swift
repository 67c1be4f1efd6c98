/// The id of a stream entry, `milliseconds-sequence` by Redis' clock.
package struct EntryID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

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
