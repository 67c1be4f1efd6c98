import HTTPTypes
import MCPStore
import MCPStoreProtocol
import NIOCore
import Testing

@testable import MCPStoreGateway

/// Which era an HTTP request is of, and what is refused.
struct RoutingHeadersTests {
    private func request(_ method: String, _ params: String = modernMeta) throws -> ClientRequest {
        try ClientRequest(id: ByteBuffer(string: "1"), method: method, params: ByteBuffer(string: "{\(params)}"))
    }

    private func headers(_ fields: [(String, String)]) throws -> RoutingHeaders {
        var result = HTTPFields()
        for (name, value) in fields { result.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
        return RoutingHeaders(result)
    }

    private func code(_ fields: [(String, String)], _ request: ClientRequest) throws -> Int? {
        do {
            _ = try headers(fields).era(of: request)
            return nil
        } catch let error as ProtocolError {
            return error.code
        }
    }

    private static let call = #""name":"echo","# + modernMeta
    private static let good = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "echo")]

    @Test func `A modern request whose headers agree is modern, also with white space and names in other case`() throws {
        let request = try request("tools/call", Self.call)
        #expect(try headers(Self.good).era(of: request) == .modern)
        let loose = [("mcp-protocol-version", " 2026-07-28 "), ("MCP-METHOD", "tools/call\t"), ("mcp-name", "  echo")]
        #expect(try headers(loose).era(of: request) == .modern)
        let encoded = [Self.good[0], Self.good[1], ("Mcp-Name", "=?base64?ZWNobw==?=")]
        #expect(try headers(encoded).era(of: request) == .modern)
    }

    @Test(arguments: 0..<3) func `A header that is missing, different or repeated is a mismatch`(_ index: Int) throws {
        let request = try request("tools/call", Self.call)
        var missing = Self.good
        missing.remove(at: index)
        // Without the version header the body alone says that it is modern.
        #expect(try code(missing, request) == -32020)
        var different = Self.good
        different[index].1 = index == 0 ? "2025-11-25" : different[index].1.uppercased()
        #expect(try code(different, request) == -32020)
        #expect(try code(Self.good + [Self.good[index]], request) == -32020)
    }

    @Test func `A request without its envelope is refused before its headers are looked at`() throws {
        let version = [("MCP-Protocol-Version", "2026-07-28")]
        #expect(try code(version, try request("tools/list", "")) == -32602)
        #expect(try code(version, try request("tools/list", #""_meta":{}"#)) == -32602)
        let noCapabilities = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        #expect(try code(version, try request("tools/list", noCapabilities)) == -32602)
    }

    @Test func `A version that is not spoken is named with those that are`() throws {
        let meta =
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}"#
        let request = try request("tools/list", meta)
        let fields = [("MCP-Protocol-Version", "1900-01-01"), ("Mcp-Method", "tools/list")]
        do {
            _ = try headers(fields).era(of: request)
            Issue.record("it was taken")
        } catch let error as ProtocolError {
            #expect(error.code == -32022)
            let data = try json(String(buffer: try #require(error.data)))
            #expect(data["requested"] == "1900-01-01")
            #expect(data["supported"]?.arrayValue?.first == "2026-07-28")
        }
        #expect(try code([("MCP-Protocol-Version", "1900-01-01")], try self.request("tools/list", "")) == -32022)
    }

    @Test(arguments: [[], [("MCP-Protocol-Version", "2025-06-18")], [("MCP-Protocol-Version", "2025-11-25")]])
    func `A request without envelope and without a modern header is of the legacy era`(_ fields: [(String, String)]) throws {
        #expect(try headers(fields).era(of: try request("tools/list", "")) == .legacy)
        #expect(try headers(fields).era(of: try request("initialize", #""protocolVersion":"2025-11-25""#)) == .legacy)
    }

    @Test func `initialize at the modern version is a modern request`() throws {
        let fields = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "initialize")]
        #expect(try headers(fields).era(of: try request("initialize")) == .modern)
    }

    @Test func `Headers that repeat arguments must agree with them`() throws {
        let tool = try ListedTool(
            ByteBuffer(
                string:
                    #"{"name":"t","inputSchema":{"type":"object","properties":{"r":{"type":"string","x-mcp-header":"Region"}}}}"#
            )
        )
        let call = try request("tools/call", #""name":"t","arguments":{"r":"é"},"# + modernMeta)
        #expect(throws: Never.self) { try headers([("Mcp-Param-Region", "=?base64?w6k=?=")]).check(tool, call) }
        #expect(throws: ProtocolError.self) { try headers([("Mcp-Param-Region", "us")]).check(tool, call) }
        #expect(throws: ProtocolError.self) { try headers([]).check(tool, call) }
        let without = try request("tools/call", #""name":"t","arguments":{},"# + modernMeta)
        #expect(throws: Never.self) { try headers([]).check(tool, without) }
        #expect(throws: ProtocolError.self) { try headers([("Mcp-Param-Region", "us")]).check(tool, without) }
    }
}
