import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct ListedToolTests {
    private func tool(_ properties: String, more: String = "") throws(JSONError) -> ListedTool {
        try ListedTool(
            ByteBuffer(string: "{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\(properties)}\(more)}}")
        )
    }

    @Test func `hints are read from the annotations`() throws {
        let tool = try ListedTool(
            ByteBuffer(
                string: #"{"annotations":{"readOnlyHint":true,"idempotentHint":false,"destructiveHint":1},"name":"a\u0062"}"#
            )
        )
        #expect(tool.name == "ab")
        #expect((tool.readOnlyHint, tool.idempotentHint, tool.destructiveHint) == (true, false, nil))
        #expect(!tool.hasInvalidHeaders)
    }

    @Test(arguments: ["{}", "[]", #"{"name":""}"#, #"{"name":1}"#, "{"])
    func `an object without a name is no tool`(_ text: String) {
        #expect(throws: JSONError.self) { try ListedTool(ByteBuffer(string: text)) }
    }

    @Test func `header parameters are found at any depth and filled from the arguments`() throws {
        let tool = try self.tool(
            #"""
            "region":{"type":"string","x-mcp-header":"Region"},
            "deep":{"type":"object","properties":{"n":{"x-mcp-header":"N","type":"integer"},"b":{"x-mcp-header":"B","type":"boolean"}}},
            "plain":{"type":"string","default":{"x-mcp-header":"no annotation"}}
            """#
        )
        #expect(!tool.hasInvalidHeaders)
        #expect(tool.headerParameters.map(\.path) == [["region"], ["deep", "n"], ["deep", "b"]])
        let params = ByteBuffer(string: #"{"name":"t","arguments":{"region":"\u00e4","deep":{"n":12,"b":true,"x":{}}}}"#)
        #expect(
            try tool.parameterHeaders(for: params)
                == [("Region", "ä"), ("N", "12"), ("B", "true")].map { HTTPHeader(name: "Mcp-Param-\($0)", value: $1) }
        )
        #expect(try tool.parameterHeaders(for: ByteBuffer(string: #"{"arguments":{"region":null,"deep":1}}"#)).isEmpty)
        #expect(try tool.parameterHeaders(for: ByteBuffer(string: "{}")).isEmpty)
    }

    @Test(arguments: [
        #""a":{"type":"number","x-mcp-header":"A"}"#, #""a":{"x-mcp-header":"A"}"#,
        #""a":{"type":["string"],"x-mcp-header":"A"}"#,
        #""a":{"type":"string","x-mcp-header":""}"#, #""a":{"type":"string","x-mcp-header":"a b"}"#,
        #""a":{"type":"string","x-mcp-header":1}"#,
        #""a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}"#,
        #""a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}"#,
        #""a":{"anyOf":[{"type":"object","properties":{"b":{"type":"string","x-mcp-header":"A"}}}]}"#,
    ])
    func `annotations that cannot be headers make the tool invalid`(_ properties: String) throws {
        #expect(try self.tool(properties).hasInvalidHeaders)
    }

    @Test func `pages are bounded in number, size and cursors`() {
        var limits = SessionLimits()
        limits.maximumListPages = 3
        limits.maximumListBytes = 1000
        let page = { (cursor: String) in ByteBuffer(string: "{\"tools\":[{}],\"nextCursor\":\"\(cursor)\"}") }
        var many = ListPages(method: "tools/list", member: "tools", limits: limits)
        #expect(throws: Never.self) { for number in 0..<2 { try many.received(page("\(number)")) } }
        #expect(#expect(throws: MCPError.self) { try many.received(page("2")) }?.code == .tooLarge)
        var loop = ListPages(method: "tools/list", member: "tools", limits: limits)
        #expect(throws: Never.self) { try loop.received(page("x")) }
        #expect(loop.nextParams.map { String(buffer: $0) } == #"{"cursor":"x"}"#)
        #expect(#expect(throws: MCPError.self) { try loop.received(page("x")) }?.code == .protocolViolation)
        var large = ListPages(method: "tools/list", member: "tools", limits: limits)
        #expect(
            #expect(throws: MCPError.self) { try large.received(page(String(repeating: "x", count: 1000))) }?.code == .tooLarge
        )
        var wrong = ListPages(method: "tools/list", member: "tools", limits: limits)
        #expect(#expect(throws: MCPError.self) { try wrong.received(ByteBuffer(string: "{}")) }?.code == .protocolViolation)
    }

    @Test func `a subscription is renewed a few times, later each time, and not against the server's will`() throws {
        let offers = try ServerOffers(
            ByteBuffer(string: #"{"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{}}"#)
        )
        var negotiated = Negotiated(revision: .latest, capabilities: ByteBuffer(), offers: offers)
        var subscription = try #require(ChangeSubscription(negotiated))
        #expect(String(buffer: subscription.params) == #"{"notifications":{"toolsListChanged":true,"promptsListChanged":true}}"#)
        let lost = MCPResponse.failed(MCPError(.unreachable, ""))
        var delays: [Duration?] = []
        for _ in 0..<6 { delays.append(subscription.ended(lost)) }
        #expect(delays == [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), nil])
        subscription.isHealthy()
        let renewed = subscription.ended(lost)
        #expect(renewed == .seconds(1))
        let refused = subscription.ended(.error(ByteBuffer(), code: -32601))
        #expect(refused == nil)
        negotiated.revision = .v20251125
        #expect(ChangeSubscription(negotiated) == nil)
    }
}
