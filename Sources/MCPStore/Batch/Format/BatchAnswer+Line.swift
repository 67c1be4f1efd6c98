import NIOCore

/// An answer as a line of a file: `{"line":…,"outcome":…,"id":…,"result":…}`, with `error` where the outcome is not `ok`. That ends with
/// `"safeToRetry":true` where making the call again does no harm.
extension BatchAnswer {
    /// Writes the line with its line feed. Results and ids are the bytes that they were, without line breaks between tokens.
    package func write(to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 128 + rawID.readableBytes + size)
        buffer.writeString("{\"line\":\(number),\"outcome\":")
        // A newer version of a worker may know outcomes with any name.
        JSONValue.write(outcome, to: &buffer)
        buffer.writeStaticString(",\"id\":")
        Self.write(raw: rawID, to: &buffer)
        if let result {
            buffer.writeStaticString(",\"result\":")
            Self.write(raw: result.rawJSON, to: &buffer)
        }
        if let (kind, message) = failure {
            buffer.writeStaticString(",\"error\":{\"kind\":")
            JSONValue.write(kind, to: &buffer)
            buffer.writeStaticString(",\"message\":")
            JSONValue.write(message, to: &buffer)
            if let server = error?.serverError {
                buffer.writeStaticString(",\"serverError\":")
                server.write(to: &buffer)
            }
            if isSafeToRetry { buffer.writeStaticString(BatchAnswerHead.safe) } else { buffer.writeStaticString("}") }
        }
        buffer.writeStaticString("}\n")
    }

    /// What went wrong; `nil` where nothing did.
    private var failure: (kind: String, message: String)? {
        if let error { return (error.code.description, error.message) }
        guard let result, result.isError else { return nil }
        let line = result.text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(1000)) }
        return (outcome, line ?? "the tool reported an error and did not say which")
    }

    private static func write(raw: ByteBuffer, to buffer: inout ByteBuffer) {
        let breaks = raw.withUnsafeReadableBytes { bytes in bytes.contains { $0 == 0x0A || $0 == 0x0D } }
        if breaks {
            // In valid JSON they can only be white space.
            buffer.writeBytes(raw.readableBytesView.lazy.filter { $0 != 0x0A && $0 != 0x0D })
        } else {
            buffer.writeImmutableBuffer(raw)
        }
    }
}

/// What a file of answers says in its lines beside the answers, by which it is read again.
package struct BatchAnswerHead: Sendable, Equatable {
    /// How the error of a call ends that may be made again. No text in a string could look like it, and results stand in front of errors.
    static let safe: StaticString = #","safeToRetry":true}"#

    /// The line of the call.
    package let line: Int
    package let outcome: String
    /// Whether making the call again does no harm; of one that was answered with `ok` this is not said.
    package let isSafeToRetry: Bool

    /// - Returns: `nil` where the bytes are no whole line of answers, without its line feed.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        let first = Array(#"{"line":"#.utf8)
        let second = Array(#","outcome":""#.utf8)
        guard bytes.count > first.count, bytes.prefix(first.count).elementsEqual(first), bytes.last == UInt8(ascii: "}") else {
            return nil
        }
        var position = first.count
        var line = 0
        while position < bytes.count, let digit = Self.digit(bytes[position]), line < 1 << 50 {
            line = line * 10 + digit
            position += 1
        }
        let rest = bytes.dropFirst(position)
        guard line > 0, rest.prefix(second.count).elementsEqual(second) else { return nil }
        let outcome = rest.dropFirst(second.count).prefix(64).prefix { $0 != UInt8(ascii: "\"") }
        guard !outcome.isEmpty, outcome.count < 64 else { return nil }
        self.line = line
        self.outcome = String(decoding: outcome, as: UTF8.self)
        isSafeToRetry = self.outcome != "ok" && Self.safe.withUTF8Buffer { bytes.dropLast().suffix($0.count).elementsEqual($0) }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
