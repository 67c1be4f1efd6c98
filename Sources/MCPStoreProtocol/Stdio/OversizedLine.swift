import NIOCore

/// What is kept of a line that was too long: enough to find out which request it answers.
package struct OversizedLine: Equatable {
    /// The first bytes.
    var head: ByteBuffer
    /// The last bytes.
    private(set) var tail = ByteBuffer()
    /// All bytes of the line.
    private(set) var byteCount = 0

    init(head: ByteBuffer) {
        self.head = head
    }

    /// Takes note of the next part of the line.
    mutating func append(_ part: ByteBuffer, keeping count: Int) {
        self.byteCount += part.readableBytes
        var kept = ByteBuffer(bytes: self.tail.readableBytesView.suffix(max(0, count - part.readableBytes)))
        kept.writeBytes(part.readableBytesView.suffix(count))
        self.tail = kept
    }

    /// The id of the request that the line answers, as far as it can be told: servers write it at the beginning or at the end.
    var requestID: Int? { Self.id(inHead: self.head) ?? Self.id(inTail: self.tail) }

    private static func id(inHead head: ByteBuffer) -> Int? {
        head.withUnsafeReadableBytes { bytes in
            var id: Int?
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                try scanner.members { (key, value) throws(JSONError) in
                    // A number that touches the cut may be longer than it looks.
                    if id == nil, value.upperBound < bytes.count, JSONSlice(bytes, key).equals("id") {
                        id = JSONSlice(bytes, value).integer
                    }
                }
            } catch {
                // The head is cut off somewhere: what stood before the cut counts.
                return id
            }
            return id
        }
    }

    /// Takes the text from the last `"id"` on for the end of the outermost object, and believes it when it is: a quotation mark
    /// inside a string would be escaped, and an inner object would leave a closing brace over.
    private static func id(inTail tail: ByteBuffer) -> Int? {
        let bytes = Array(tail.readableBytesView)
        let key = Array("\"id\"".utf8)
        guard bytes.count > key.count else { return nil }
        var start = bytes.count - key.count
        while start >= 0, !bytes[start...].starts(with: key) { start -= 1 }
        guard start >= 0 else { return nil }
        var id: Int?
        let object = ByteBuffer(bytes: [Byte.openBrace] + bytes[start...])
        do {
            try object.withJSONMembers { (key, value) throws(JSONError) in
                if key.equals("id") { id = value.integer }
            }
        } catch {
            return nil
        }
        return id
    }
}
