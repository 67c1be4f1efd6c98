import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct MessageEncoderTests {
    private func write(_ request: MCPRequest, _ revision: ProtocolRevision) throws -> String {
        var encoder = MessageEncoder(clientInfo: ClientInfo(name: "a\"b", version: "1"), maximumDepth: 128)
        encoder.use(revision)
        var buffer = ByteBuffer()
        try encoder.write(request, id: 7, into: &buffer)
        return String(buffer: buffer)
    }

    private let envelope =
        #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a\"b","version":"1"}"#

    @Test func `a modern request carries its envelope`() throws {
        #expect(
            try self.write(MCPRequest(method: "server/discover"), .latest)
                == #"{"jsonrpc":"2.0","id":7,"method":"server/discover","params":{"_meta":{\#(self.envelope),"io.modelcontextprotocol/clientCapabilities":{}}}}"#
        )
    }

    @Test func `a legacy request without parameters has none`() throws {
        #expect(try self.write(MCPRequest(method: "ping"), .v20251125) == #"{"jsonrpc":"2.0","id":7,"method":"ping"}"#)
    }

    @Test func `the caller's envelope is replaced, its capabilities are kept in the modern era only`() throws {
        let params = ByteBuffer(
            string: #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"9","io.modelcontextprotocol/clientInfo":{},"#
                + #""io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"progressToken":"theirs","own":1}}"#
        )
        let request = MCPRequest(method: "m", params: params)
        #expect(
            try self.write(request, .latest)
                == #"{"jsonrpc":"2.0","id":7,"method":"m","params":{"_meta":{\#(self.envelope),"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"own":1}}}"#
        )
        #expect(try self.write(request, .v20250618) == #"{"jsonrpc":"2.0","id":7,"method":"m","params":{"_meta":{"own":1}}}"#)
    }

    @Test func `a log level goes to modern servers only, and only where the log is heard`() throws {
        let params = ByteBuffer(string: #"{"_meta":{"io.modelcontextprotocol/logLevel":"debug"}}"#)
        let level = #""io.modelcontextprotocol/logLevel":"info""#
        let capabilities = #""io.modelcontextprotocol/clientCapabilities":{}"#
        let request = MCPRequest(method: "m", params: params, logLevel: "info")
        #expect(
            try self.write(request, .latest)
                == #"{"jsonrpc":"2.0","id":7,"method":"m","params":{"_meta":{\#(self.envelope),\#(level),\#(capabilities)}}}"#
        )
        let unheard = try self.write(MCPRequest(method: "m", params: params), .latest)
        #expect(!unheard.contains("logLevel"), "\(unheard)")
        let legacy = try self.write(request, .v20251125)
        #expect(!legacy.contains("logLevel"), "\(legacy)")
    }

    @Test func `progress and trace context are added, and win over the caller's own`() throws {
        let request = MCPRequest(
            method: "m",
            params: ByteBuffer(string: #"{"_meta":{"traceparent":"old","tracestate":"kept"}}"#),
            meta: .init(traceparent: "00-a-b-01"),
            onProgress: { _ in }
        )
        #expect(
            try self.write(request, .v20241105)
                == #"{"jsonrpc":"2.0","id":7,"method":"m","params":{"_meta":{"progressToken":7,"traceparent":"00-a-b-01","tracestate":"kept"}}}"#
        )
    }

    @Test func `parameters that are no object are refused with the method's name`() {
        let error = #expect(throws: MCPError.self) {
            try self.write(MCPRequest(method: "tools/call", params: ByteBuffer(string: "[1]")), .latest)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("tools/call") == true)
    }
}
