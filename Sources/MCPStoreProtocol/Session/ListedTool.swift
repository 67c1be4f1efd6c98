import NIOCore

/// One tool as its server lists it.
package struct ListedTool: Sendable, Equatable {
    /// An argument that HTTP sends as a header as well (`x-mcp-header`, 2026-07-28).
    package struct HeaderParameter: Sendable, Equatable {
        /// The name of the argument.
        package var argument: String
        /// What follows `Mcp-Param-` in the header's name.
        package var header: String
    }

    /// The tool's name.
    package let name: String
    /// The whole tool object, as it came.
    package let raw: ByteBuffer
    /// The server's hint that the tool changes nothing; not to be trusted.
    package let readOnlyHint: Bool?
    /// The server's hint that calling twice is like calling once; not to be trusted.
    package let idempotentHint: Bool?
    /// The server's hint that the tool may destroy something; not to be trusted.
    package let destructiveHint: Bool?
    /// The arguments that HTTP sends as headers as well.
    package let headerParameters: [HeaderParameter]
    /// Whether the tool names headers that cannot be: an HTTP client must not offer it.
    package let hasInvalidHeaders: Bool

    /// Reads a tool object.
    ///
    /// - Throws: ``JSONError`` when it is no object with a name.
    package init(_ raw: ByteBuffer) throws(JSONError) {
        var name: String?
        var readOnly, idempotent, destructive: Bool?
        var headers: [HeaderParameter] = []
        var isValid = true
        try raw.withJSONMembers { (key, value) throws(JSONError) in
            if key.equals("name") {
                name = value.string
            } else if key.equals("annotations"), value.isObject {
                try value.members { (key, value) throws(JSONError) in
                    if key.equals("readOnlyHint") {
                        readOnly = value.bool
                    } else if key.equals("idempotentHint") {
                        idempotent = value.bool
                    } else if key.equals("destructiveHint") {
                        destructive = value.bool
                    }
                }
            } else if key.equals("inputSchema"), value.isObject {
                try Self.headers(inSchema: value, &headers, &isValid)
            }
        }
        guard let name, !name.isEmpty else { throw JSONError(.notAnObject, at: 0) }
        let unique = Set(headers.map { $0.header.lowercased() })
        self.name = name
        self.raw = raw
        self.readOnlyHint = readOnly
        self.idempotentHint = idempotent
        self.destructiveHint = destructive
        self.headerParameters = headers
        self.hasInvalidHeaders = !isValid || unique.count != headers.count
    }

    private static func headers(
        inSchema schema: JSONSlice,
        _ headers: inout [HeaderParameter],
        _ isValid: inout Bool
    ) throws(JSONError) {
        try schema.members { (key, value) throws(JSONError) in
            guard key.equals("properties"), value.isObject else { return }
            try value.members { (property, value) throws(JSONError) in
                guard value.isObject, let argument = property.string else { return }
                var header: JSONSlice?
                var isPrimitive = false
                try value.members { (key, value) throws(JSONError) in
                    if key.equals("x-mcp-header") {
                        header = value
                    } else if key.equals("type") {
                        isPrimitive =
                            value.equals("string") || value.equals("number") || value.equals("integer") || value.equals("boolean")
                    }
                }
                guard let header else { return }
                guard let text = header.string, isPrimitive, self.isToken(text) else {
                    isValid = false
                    return
                }
                headers.append(HeaderParameter(argument: argument, header: text))
            }
        }
    }

    /// Whether the text can be a part of a header's name (RFC 9110, token).
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), Byte.zero...Byte.nine: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
