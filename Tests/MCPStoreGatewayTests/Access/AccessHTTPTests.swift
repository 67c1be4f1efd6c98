import Foundation
import MCPStore
import MCPStoreQueue
import NIOHTTP1
import Testing

@testable import MCPStoreGateway

/// Keys at a gateway that listens.
struct AccessHTTPTests {
    private func withGuardedGateway(_ body: (LiveGateway, _ key: String) async throws -> Void) async throws {
        try await withLiveGateway(keyFor: .call, tools: "ech*", body)
    }

    @Test func `Without a key nothing is answered but health`() async throws {
        try await withGuardedGateway { gateway, key in
            let body = LiveGateway.body("tools/list", "")
            for headers in [[], [("authorization", "Bearer " + key.dropLast() + "x")], [("authorization", "Basic \(key)")]] {
                let answer = try await gateway.send(.POST, "/mcp", LiveGateway.types + headers, body: body)
                #expect(answer.status == 401)
                #expect(answer.type == "application/problem+json")
                #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer realm=") == true)
                #expect(!answer.text.contains(key.suffix(40)))
            }
            #expect(try await gateway.send(.GET, "/healthz").status == 200)
        }
    }

    @Test func `A key opens its spaces and shows its tools`() async throws {
        try await withGuardedGateway { gateway, key in
            let headers = LiveGateway.types + [("authorization", "Bearer \(key)")]
            let list = try await gateway.send(.POST, "/mcp", headers, body: LiveGateway.body("tools/list", ""))
            let names = try list.json()["result"]?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            #expect(!names.isEmpty && names.allSatisfy { $0.hasPrefix("ech") }, "\(names)")
            let call = LiveGateway.body("tools/call", #""name":"echo","arguments":{"text":"hi"}"#)
            let answer = try await gateway.send(.POST, "/mcp", headers, body: call)
            #expect(try answer.json()["result"]?["content"] == [["type": "text", "text": "hi"]], "\(answer.text)")
            let other = try await gateway.send(.POST, "/mcp/default/other", headers, body: call)
            #expect(other.status == 403)
            #expect(try JSONValue(parsing: Data(other.text.utf8))["kind"] == "forbidden")
        }
    }
}
