import MCPStoreProtocol
import NIOCore

/// A JSON-RPC error that the front door itself answers with.
package struct ProtocolError: Error, Sendable, Equatable {
    package var code: Int
    package var message: String
    /// The member `data` as raw JSON.
    package var data: ByteBuffer?

    package init(_ code: Int, _ message: String, data: ByteBuffer? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The error object as JSON.
    package var json: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{\"code\":")
        buffer.writeDecimal(code)
        buffer.writeStaticString(",\"message\":")
        buffer.writeJSONString(message)
        if let data {
            buffer.writeStaticString(",\"data\":")
            buffer.writeImmutableBuffer(data)
        }
        buffer.writeStaticString("}")
        return buffer
    }
}

extension ProtocolError {
    static func invalidParams(_ what: String) -> Self { Self(JSONRPCCode.invalidParams, "Invalid params: \(what)") }

    static func methodNotFound(_ method: String) -> Self {
        Self(JSONRPCCode.methodNotFound, "Method not found: \(method.prefix(200))")
    }

    static func headerMismatch(_ header: String, _ what: String) -> Self {
        Self(JSONRPCCode.headerMismatch, "Header mismatch: \(header) \(what)")
    }

    /// The version of a request is none that is spoken here; says which are.
    ///
    /// - Parameter era: Only revisions of this one: a request with a modern envelope cannot be one of the legacy era.
    static func unsupportedVersion(_ requested: String, era: MCPEra? = nil) -> Self {
        var data = ByteBuffer(string: "{\"supported\":[")
        for (index, revision) in ProtocolRevision.all.filter({ era == nil || $0.era == era }).enumerated() {
            if index > 0 { data.writeStaticString(",") }
            data.writeJSONString(revision.rawValue)
        }
        data.writeStaticString("],\"requested\":")
        data.writeJSONString(requested)
        data.writeStaticString("}")
        return Self(JSONRPCCode.unsupportedProtocolVersion, "Unsupported protocol version", data: data)
    }
}
