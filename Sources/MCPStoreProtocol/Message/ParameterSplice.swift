import NIOCore

/// Sets members of `params._meta` inside raw parameters. Every other byte is copied as it is, except for line breaks between
/// values, which become spaces so that the message stays one line.
struct ParameterSplice {
    /// What is written into `_meta`: members without braces, such as `"progressToken":7,"traceparent":"…"`.
    var members: ByteBuffer
    /// A member that is written unless the caller's own `_meta` has one of this key, such as `"a":1` for the key `a`.
    var fallback: (key: StaticString, member: StaticString)?
    /// Whether a member of the caller's own `_meta` is left out: because it is set here, or must not reach the server.
    var drops: (_ key: JSONSlice) -> Bool

    /// Appends the parameters, spliced, to a buffer.
    ///
    /// - Parameter params: A raw JSON object; `nil` stands for none.
    /// - Returns: Whether anything was written: `false` when there are neither parameters nor members to set.
    /// - Throws: ``JSONError`` when `params` is no JSON object. The buffer then holds a rest that must be thrown away.
    func write(_ params: ByteBuffer?, maximumDepth: Int, into buffer: inout ByteBuffer) throws(JSONError) -> Bool {
        var members = self.members
        guard let params, params.readableBytes > 0 else {
            if let fallback = self.fallback { members.writeMember(fallback.member) }
            guard members.readableBytes > 0 else { return false }
            buffer.writeStaticString("{\"_meta\":{")
            buffer.writeImmutableBuffer(members)
            buffer.writeStaticString("}}")
            return true
        }
        var metaKey, metaValue: Range<Int>?
        var first: Int?
        var metaIsObject = false
        var kept: [Range<Int>] = []
        var dropped = false
        var needsFallback = self.fallback != nil
        try params.withJSONMembers(maximumDepth: maximumDepth) { (key, value) throws(JSONError) in
            if first == nil { first = key.range.lowerBound }
            guard key.equals("_meta") else { return }
            // With two of them it would be up to the server which one counts.
            guard metaKey == nil else { throw JSONError(.unexpectedByte, at: key.range.lowerBound) }
            (metaKey, metaValue, metaIsObject) = (key.range, value.range, value.isObject)
            guard metaIsObject else { return }
            let start = value.range.lowerBound
            try value.members { (innerKey, innerValue) throws(JSONError) in
                if let fallback = self.fallback, innerKey.equals(fallback.key) { needsFallback = false }
                if self.drops(innerKey) {
                    dropped = true
                } else {
                    kept.append(start + innerKey.range.lowerBound..<start + innerValue.range.upperBound)
                }
            }
        }
        if needsFallback, let fallback = self.fallback { members.writeMember(fallback.member) }
        let start = buffer.writerIndex
        if let metaKey, let metaValue {
            if members.readableBytes == 0, !dropped {
                buffer.writeImmutableBuffer(params)
            } else {
                buffer.writeImmutableBuffer(params.jsonSlice(0..<metaKey.lowerBound))
                buffer.writeStaticString("\"_meta\":{")
                buffer.writeImmutableBuffer(members)
                var needsComma = members.readableBytes > 0
                for range in kept {
                    if needsComma { buffer.writeInteger(Byte.comma) }
                    buffer.writeImmutableBuffer(params.jsonSlice(range))
                    needsComma = true
                }
                buffer.writeInteger(Byte.closeBrace)
                buffer.writeImmutableBuffer(params.jsonSlice(metaValue.upperBound..<params.readableBytes))
            }
        } else if members.readableBytes > 0 {
            buffer.writeStaticString("{\"_meta\":{")
            buffer.writeImmutableBuffer(members)
            buffer.writeInteger(Byte.closeBrace)
            if let first {
                buffer.writeInteger(Byte.comma)
                buffer.writeImmutableBuffer(params.jsonSlice(first..<params.readableBytes))
            } else {
                buffer.writeInteger(Byte.closeBrace)
            }
        } else {
            buffer.writeImmutableBuffer(params)
        }
        buffer.joinLines(from: start)
        return true
    }
}

extension ByteBuffer {
    /// Writes a member of an object, after a comma unless it is the first.
    mutating func writeMember(_ member: StaticString) {
        if self.readableBytes > 0 { self.writeInteger(Byte.comma) }
        self.writeStaticString(member)
    }

    /// Replaces line breaks by spaces. In well-formed JSON they stand between values only.
    fileprivate mutating func joinLines(from start: Int) {
        let offset = start - self.readerIndex
        self.withUnsafeMutableReadableBytes { bytes in
            for index in offset..<bytes.count where bytes[index] == Byte.newline || bytes[index] == Byte.carriageReturn {
                bytes[index] = Byte.space
            }
        }
    }
}
