import MCPStoreRedis
import NIOCore

/// An outcome as one value of an inbox entry: its kind, the microseconds it waited and ran, and its payload, joined by spaces.
///
/// Such an entry holds a pair for each job that one batch ended for its inbox, `job id → value`, behind `worker → id`. It
/// stands for a first attempt; all other outcomes have entries of their own (``InboxEntry``).
package enum PackedOutcome {
    package static func append(_ outcome: Outcome, to command: inout RedisCommand) {
        let (waited, ran) = (outcome.waited ?? 0, outcome.ran ?? 0)
        let digits = DecimalDigits.count(of: waited) + DecimalDigits.count(of: ran)
        command.append(bytes: outcome.kind.rawValue.utf8.count + digits + 3 + outcome.payload.readableBytes) { buffer in
            buffer.writeString(outcome.kind.rawValue)
            buffer.writeInteger(UInt8(ascii: " "))
            buffer.writeDecimal(waited)
            buffer.writeInteger(UInt8(ascii: " "))
            buffer.writeDecimal(ran)
            buffer.writeInteger(UInt8(ascii: " "))
            buffer.writeImmutableBuffer(outcome.payload)
        }
    }

    /// Reads a value; what is malformed becomes an outcome of an unknown kind.
    ///
    /// - Parameters:
    ///   - entry: The array of which the value is an element: the payload is a slice of its arena.
    ///   - submitted: When the job was submitted, in microseconds by Redis' clock; 0 where that is not known.
    package static func outcome(_ value: RESPView, of entry: RESPArray, worker: String, submitted: Int) -> Outcome {
        let bytes = value.bytes
        var kind = OutcomeKind(rawValue: "unreadable")
        var numbers = (0, 0)
        var start = 0
        for part in 0..<3 {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: " ")) else { break }
            let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            switch part {
            case 0: kind = Self.kind(text)
            case 1: numbers.0 = (DecimalDigits.read(text) ?? 0).plausible
            default: numbers.1 = (DecimalDigits.read(text) ?? 0).plausible
            }
            start = end + 1
        }
        let range = value.range
        return Outcome(
            kind: kind,
            payload: entry.slice(range.lowerBound + start..<range.upperBound),
            worker: worker,
            waited: numbers.0,
            ran: numbers.1,
            finished: submitted > 0 ? submitted + numbers.0 + numbers.1 : 0
        )
    }

    /// Nearly all are `ok`, which costs no string.
    private static func kind(_ text: UnsafeRawBufferPointer) -> OutcomeKind {
        text.count == 2 && text[0] == UInt8(ascii: "o") && text[1] == UInt8(ascii: "k")
            ? .ok : OutcomeKind(rawValue: String(decoding: text, as: UTF8.self))
    }
}
