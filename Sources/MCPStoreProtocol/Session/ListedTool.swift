import NIOCore

/// One tool as its server lists it.
package struct ListedTool: Sendable, Equatable {
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
        var headers = HeaderParameter.Found()
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
                headers = try HeaderParameter.find(inSchema: value)
            }
        }
        guard let name, !name.isEmpty else { throw JSONError(.notAnObject, at: 0) }
        self.name = name
        self.raw = raw
        self.readOnlyHint = readOnly
        self.idempotentHint = idempotent
        self.destructiveHint = destructive
        self.headerParameters = headers.parameters
        self.hasInvalidHeaders = headers.isInvalid
    }

    /// The headers that HTTP must send with a call.
    ///
    /// - Parameter params: The raw parameters of `tools/call`.
    /// - Throws: ``JSONError`` when they are no object.
    package func parameterHeaders(for params: ByteBuffer) throws(JSONError) -> [HTTPHeader] {
        guard !self.headerParameters.isEmpty else { return [] }
        var headers: [HTTPHeader] = []
        try params.withJSONMembers { (key, value) throws(JSONError) in
            guard key.equals("arguments") else { return }
            for parameter in self.headerParameters {
                if let header = try parameter.value(inArguments: value) { headers.append(header) }
            }
        }
        return headers
    }
}
