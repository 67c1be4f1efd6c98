import MCPStoreProtocol
import NIOCore

/// The one answer to a request, as a JSON-RPC message in one line.
package struct Reply: Sendable, Equatable {
    /// The message.
    package let message: ByteBuffer
    /// The code of an error; `nil` for a result.
    package let errorCode: Int?

    /// A result: a raw JSON object.
    package init(id: ByteBuffer, result: ByteBuffer) {
        message = Self.write(id, "result", result)
        errorCode = nil
    }

    package init(id: ByteBuffer?, error: ProtocolError) {
        self.init(id: id, error: error.json, code: error.code)
    }

    /// An error object as somebody else wrote it.
    init(id: ByteBuffer?, error: ByteBuffer, code: Int) {
        message = Self.write(id, "error", error)
        errorCode = code
    }

    private static func write(_ id: ByteBuffer?, _ member: StaticString, _ value: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(value.readableBytes + (id?.readableBytes ?? 4) + 40)
        buffer.writeStaticString("{\"jsonrpc\":\"2.0\",\"id\":")
        if let id { buffer.writeImmutableBuffer(id) } else { buffer.writeStaticString("null") }
        buffer.writeStaticString(",\"")
        buffer.writeStaticString(member)
        buffer.writeStaticString("\":")
        buffer.writeImmutableBuffer(value)
        buffer.writeStaticString("}")
        return buffer.inOneLine
    }

    /// The status of the HTTP response that carries it (2026-07-28, "Streamable HTTP"; in the legacy era only what is no
    /// message at all is refused).
    package func httpStatus(_ era: MCPEra) -> Int {
        guard let errorCode else { return 200 }
        switch errorCode {
        case JSONRPCCode.parseError, JSONRPCCode.invalidRequest, JSONRPCCode.headerMismatch,
            JSONRPCCode.unsupportedProtocolVersion:
            return 400
        case JSONRPCCode.invalidParams, JSONRPCCode.missingClientCapability: return era == .modern ? 400 : 200
        case JSONRPCCode.methodNotFound: return era == .modern ? 404 : 200
        default: return 200
        }
    }
}

/// A notification to a client, as a JSON-RPC message in one line.
enum Notification {
    /// - Parameter params: A raw JSON object.
    static func message(_ method: String, params: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{\"jsonrpc\":\"2.0\",\"method\":")
        buffer.writeJSONString(method)
        buffer.writeStaticString(",\"params\":")
        buffer.writeImmutableBuffer(params)
        buffer.writeStaticString("}")
        return buffer.inOneLine
    }
}
