import Foundation
import MCPStore
import NIOHTTP1
import Testing

@testable import MCPStoreGateway

/// What a gateway that listens says to requests that are too large, too deep, or not for it.
struct HostileRequestTests {
    @Test func `Bodies are bounded, in bytes and in depth, over MCP and REST`() async throws {
        try await withLiveGateway([], { $0.mostBytes = 10_000 }) { gateway in
            func call(_ arguments: String) -> String {
                LiveGateway.body("tools/call", #""name":"echo","arguments":{"text":"hi","x":\#(arguments)}"#)
            }
            let long = "\"" + String(repeating: "x", count: 10_000) + "\""
            #expect(try await gateway.send(.POST, "/mcp", LiveGateway.types, body: call(long)).status == 413)
            let rest = try await gateway.problem(.POST, "tools/echo/call", body: #"{"text":\#(long)}"#)
            #expect(rest["status"] == 413)
            for depth in [200, 4000] {
                let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                let answer = try await gateway.send(.POST, "/mcp", LiveGateway.types, body: call(deep))
                #expect(answer.status == 400, "\(answer)")
                let over = try await gateway.rest(.POST, "tools/echo/call", body: #"{"text":"hi","x":\#(deep)}"#)
                #expect((400..<500).contains(over.status), "\(over)")
                let added = try await gateway.rest(.POST, "services", body: #"{"mcpServers":{"x":{"command":"c","x":\#(deep)}}}"#)
                #expect(added.status == 400, "\(added)")
            }
            // It is as well as before.
            #expect(try await gateway.send(.POST, "/mcp", LiveGateway.types, body: call("1")).status == 200)
        }
    }

    @Test func `Other hosts and pages of others are refused everywhere but at health`() async throws {
        try await withLiveGateway([]) { gateway in
            let body = LiveGateway.body("tools/list", "")
            for path in ["/mcp", "/mcp/default/default", "/api/v1/default/default/tools/echo/call"] {
                let host = try await gateway.send(.POST, path, LiveGateway.types + [("host", "evil.example")], body: body)
                #expect(host.status == 421, "\(path)")
                let origin = [("origin", "https://evil.example")]
                #expect(try await gateway.send(.POST, path, LiveGateway.types + origin, body: body).status == 403, "\(path)")
            }
            for path in ["/metrics", "/api/v1/openapi.json", "/api/v1/default/default/services"] {
                #expect(try await gateway.send(.GET, path, [("host", "evil.example")]).status == 421, "\(path)")
                #expect(try await gateway.send(.GET, path, [("origin", "null")]).status == 403, "\(path)")
            }
        }
    }
}
