import NIOCore

/// Writes the JSON-RPC messages of one session. Parameters are copied, never decoded and encoded again.
package struct MessageEncoder: Sendable {
    /// How deep parameters may be nested.
    let maximumDepth: Int
    private let clientInfo: ByteBuffer
    private var era: MCPEra?
    /// The part of the modern envelope that is the same for every request: members of `_meta`, without braces.
    private var envelope = ByteBuffer()

    package init(clientInfo: ClientInfo, maximumDepth: Int) {
        var info = ByteBuffer()
        info.writeStaticString("{\"name\":")
        info.writeJSONString(clientInfo.name)
        info.writeStaticString(",\"version\":")
        info.writeJSONString(clientInfo.version)
        info.writeStaticString("}")
        self.clientInfo = info
        self.maximumDepth = maximumDepth
    }

    /// From now on every request is written for this revision.
    package mutating func use(_ revision: ProtocolRevision) {
        self.era = revision.era
        self.envelope.clear()
        guard revision.era == .modern else { return }
        self.envelope.writeStaticString("\"io.modelcontextprotocol/protocolVersion\":")
        self.envelope.writeJSONString(revision.rawValue)
        self.envelope.writeStaticString(",\"io.modelcontextprotocol/clientInfo\":")
        self.envelope.writeImmutableBuffer(self.clientInfo)
    }

    /// Writes a request.
    ///
    /// - Throws: ``MCPError/Code/invalidRequest`` when the parameters are no JSON object. The buffer is to be thrown away then.
    package func write(_ request: MCPRequest, id: Int, into buffer: inout ByteBuffer) throws(MCPError) {
        buffer.writeStaticString("{\"jsonrpc\":\"2.0\",\"id\":")
        buffer.writeDecimal(id)
        buffer.writeStaticString(",\"method\":")
        buffer.writeJSONString(request.method)
        let beforeParams = buffer.writerIndex
        buffer.writeStaticString(",\"params\":")
        let hasParams: Bool
        do {
            hasParams = try self.writeParams(of: request, id: id, into: &buffer)
        } catch {
            throw MCPError(.invalidRequest, "the parameters of \(request.method) are no JSON object: \(error)")
        }
        if !hasParams { buffer.moveWriterIndex(to: beforeParams) }
        buffer.writeInteger(Byte.closeBrace)
    }

    private func writeParams(of request: MCPRequest, id: Int, into buffer: inout ByteBuffer) throws(JSONError) -> Bool {
        var members = self.envelope
        let isModern = self.era == .modern
        if request.onProgress != nil {
            members.writeMember("\"progressToken\":")
            members.writeDecimal(id)
        }
        if let traceparent = request.meta.traceparent {
            members.writeMember("\"traceparent\":")
            members.writeJSONString(traceparent)
        }
        if let tracestate = request.meta.tracestate {
            members.writeMember("\"tracestate\":")
            members.writeJSONString(tracestate)
        }
        if isModern, let level = request.logLevel {
            members.writeMember("\"io.modelcontextprotocol/logLevel\":")
            members.writeJSONString(level)
        }
        let trace = request.meta
        // Only what the caller declared for itself is declared; a pooled session can do nothing on its own.
        let capabilities: StaticString = "\"io.modelcontextprotocol/clientCapabilities\":{}"
        let fallback: (StaticString, StaticString) = ("io.modelcontextprotocol/clientCapabilities", capabilities)
        let splice = ParameterSplice(members: members, fallback: isModern ? fallback : nil) { key in
            // A legacy server refuses requests that carry the modern envelope.
            if key.equals("io.modelcontextprotocol/protocolVersion") || key.equals("io.modelcontextprotocol/clientInfo") {
                return true
            }
            if key.equals("io.modelcontextprotocol/clientCapabilities") { return !isModern }
            // Only where what is logged finds its way back.
            if key.equals("io.modelcontextprotocol/logLevel") { return true }
            // Tokens of callers could meet each other on a shared session.
            if key.equals("progressToken") { return true }
            if key.equals("traceparent") { return trace.traceparent != nil }
            if key.equals("tracestate") { return trace.tracestate != nil }
            return false
        }
        return try splice.write(request.params, maximumDepth: self.maximumDepth, into: &buffer)
    }

    /// The parameters of `initialize` for a legacy revision.
    func initializeParams(_ revision: ProtocolRevision) -> ByteBuffer {
        var params = ByteBuffer()
        params.writeStaticString("{\"protocolVersion\":")
        params.writeJSONString(revision.rawValue)
        params.writeStaticString(",\"capabilities\":{},\"clientInfo\":")
        params.writeImmutableBuffer(self.clientInfo)
        params.writeStaticString("}")
        return params
    }

    /// The notification that a legacy session is open.
    static func initialized() -> ByteBuffer {
        ByteBuffer(staticString: "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
    }

    /// The notification that nobody waits for an answer any more.
    static func cancelled(id: Int, reason: String) -> ByteBuffer {
        var buffer = ByteBuffer(
            staticString: "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
        )
        buffer.writeDecimal(id)
        buffer.writeStaticString(",\"reason\":")
        buffer.writeJSONString(reason)
        buffer.writeStaticString("}}")
        return buffer
    }

    /// An empty answer to a request of the server.
    static func emptyResult(id: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer(staticString: "{\"jsonrpc\":\"2.0\",\"id\":")
        buffer.writeImmutableBuffer(id)
        buffer.writeStaticString(",\"result\":{}}")
        return buffer
    }

    /// The answer that this client does not know a method.
    static func methodNotFound(id: ByteBuffer, method: String) -> ByteBuffer {
        var buffer = ByteBuffer(staticString: "{\"jsonrpc\":\"2.0\",\"id\":")
        buffer.writeImmutableBuffer(id)
        buffer.writeStaticString(",\"error\":{\"code\":-32601,\"message\":")
        buffer.writeJSONString("this client does not offer \(method)")
        buffer.writeStaticString("}}")
        return buffer
    }
}
