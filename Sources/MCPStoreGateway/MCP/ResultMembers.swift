import MCPStoreProtocol
import NIOCore

/// The members that results of the modern era must have and those of legacy servers lack (2026-07-28, "Results").
enum ResultMembers {
    /// `"resultType":"complete","_meta":{…}` with who answers.
    static func modern(serverInfo: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer(string: "\"resultType\":\"complete\",")
        buffer.writeImmutableBuffer(meta(serverInfo: serverInfo))
        return buffer
    }

    private static func meta(serverInfo: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer(string: "\"_meta\":{\"\(RequestMeta.serverInfoKey)\":")
        buffer.writeImmutableBuffer(serverInfo)
        buffer.writeStaticString("}")
        return buffer
    }

    /// What of a result says how it is to be read.
    struct Head {
        var type = ResultType.complete
        var hasType = false
        var hasMeta = false
        var hasLifetime = false
        var hasScope = false

        /// - Throws: ``JSONError`` where the result is no object.
        init(_ result: ByteBuffer) throws(JSONError) {
            try result.withJSONMembers(maximumDepth: .max) { (key, value) throws(JSONError) in
                if key.equals("resultType") {
                    self.hasType = true
                    if value.equals("complete") {
                        self.type = .complete
                    } else if value.equals("input_required") {
                        self.type = .inputRequired
                    } else if value.equals("task") {
                        self.type = .task
                    } else {
                        self.type = .other(value.string ?? "")
                    }
                } else if key.equals("_meta") {
                    self.hasMeta = true
                } else if key.equals("ttlMs") {
                    self.hasLifetime = true
                } else if key.equals("cacheScope") {
                    self.hasScope = true
                }
            }
        }
    }

    /// The result of a server of any era as a modern client may see it: what it lacks is put in front, all else is as it came.
    ///
    /// - Parameter isCacheable: Whether results of this method must say how long they may be kept; what does not say it may not.
    static func upgraded(_ result: ByteBuffer, _ head: Head, serverInfo: ByteBuffer, isCacheable: Bool) -> ByteBuffer {
        var added = ByteBuffer()
        func add(_ member: ByteBuffer) {
            if added.readableBytes > 0 { added.writeStaticString(",") }
            added.writeImmutableBuffer(member)
        }
        if !head.hasType { add(ByteBuffer(string: "\"resultType\":\"complete\"")) }
        if !head.hasMeta { add(meta(serverInfo: serverInfo)) }
        if isCacheable, head.type == .complete {
            if !head.hasLifetime { add(ByteBuffer(string: "\"ttlMs\":0")) }
            if !head.hasScope { add(ByteBuffer(string: "\"cacheScope\":\"private\"")) }
        }
        guard added.readableBytes > 0 else { return result }
        guard let brace = result.readableBytesView.firstIndex(of: UInt8(ascii: "{")) else { return result }
        let rest = result.readableBytesView[(brace + 1)...]
        let isEmpty = rest.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "}")
        var buffer = ByteBuffer(string: "{")
        buffer.reserveCapacity(result.readableBytes + added.readableBytes + 2)
        buffer.writeImmutableBuffer(added)
        if !isEmpty { buffer.writeStaticString(",") }
        buffer.writeBytes(rest)
        return buffer
    }
}
