import NIOCore

/// The parameters of a `tools/call` request: built once around the caller's own bytes, which are checked and never re-encoded.
enum CallParameters {
    /// `{"name":…,"arguments":…}` in one line.
    ///
    /// - Parameter arguments: JSON of one object; nothing at all counts as `{}`.
    /// - Throws: ``MCPStoreError`` (`invalidArguments`) that says where the arguments go wrong.
    static func make(tool: String, arguments: ByteBuffer) throws(MCPStoreError) -> ByteBuffer {
        let hasLineBreaks = try check(arguments)
        var parameters = ByteBuffer()
        parameters.reserveCapacity(arguments.readableBytes + tool.utf8.count + 32)
        parameters.writeStaticString("{\"name\":")
        JSONValue.write(tool, to: &parameters)
        parameters.writeStaticString(",\"arguments\":")
        switch hasLineBreaks {
        case nil: parameters.writeStaticString("{}")
        case false?: parameters.writeImmutableBuffer(arguments)
        // In valid JSON they can only be white space; a stdio server takes one line a message.
        case true?: parameters.writeBytes(arguments.readableBytesView.lazy.filter { !isLineBreak($0) })
        }
        parameters.writeStaticString("}")
        return parameters
    }

    /// Whether the arguments hold line breaks; `nil` where there are no arguments at all.
    private static func check(_ arguments: ByteBuffer) throws(MCPStoreError) -> Bool? {
        let result = arguments.withUnsafeReadableBytes { bytes -> Result<Bool?, JSONSyntaxError> in
            Result { () throws(JSONSyntaxError) in
                var scanner = JSONScanner(bytes)
                guard let first = scanner.peek() else { return nil }
                guard first == UInt8(ascii: "{") else {
                    throw scanner.error("they must be a JSON object such as {\"city\":\"Oslo\"}, but something else begins")
                }
                try scanner.members { _, _ in }
                try scanner.end()
                guard JSONScanner.isUTF8(bytes) else {
                    throw JSONSyntaxError(offset: 0, problem: "they are not UTF-8, seen from")
                }
                return bytes.contains(where: isLineBreak)
            }
        }
        do {
            return try result.get()
        } catch {
            let place = error.description(in: arguments.readableBytesView)
            throw MCPStoreError(.invalidArguments, "the arguments are not a JSON object: \(place)")
        }
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
