import Foundation
import MCPStore
import NIOHTTP1
import TestSupport
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

    @Test func `Two hosts are refused, and who waits to send a body is told to go on`() async throws {
        try await withLiveGateway([]) { gateway in
            let head =
                "POST /api/v1/default/default/tools/echo/call HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
            let body = #"{"text":"hi"}"#
            let length = "Content-Length: \(body.utf8.count)\r\n"
            let twice = try await gateway.raw(head + length + "Host: 127.0.0.1\r\nHost: evil.example\r\n\r\n", body)
            #expect(twice.hasPrefix("HTTP/1.1 400 ") && twice.contains("two Host headers"), "\(twice)")
            let waiting = try await gateway.raw(
                head + length + "Host: 127.0.0.1\r\nExpect: 100-continue\r\n\r\n",
                after: "HTTP/1.1 100 Continue\r\n\r\n",
                body
            )
            let answer = try #require(waiting.firstRange(of: "\r\n\r\n"))
            #expect(waiting[answer.upperBound...].hasPrefix("HTTP/1.1 200 ") && waiting.contains("hi"), "\(waiting)")
            // Whose body is not wanted is told why, and nothing else.
            let expects = "Host: 127.0.0.1\r\nExpect: 100-continue\r\n"
            let long = try await gateway.raw(head + expects + "Content-Length: 99999999999\r\n\r\n", "")
            #expect(long.hasPrefix("HTTP/1.1 413 "), "\(long)")
            let nowhere = "GET /nowhere HTTP/1.1\r\nConnection: close\r\n" + expects + "Content-Length: 2\r\n\r\n"
            #expect(try await gateway.raw(nowhere, "").hasPrefix("HTTP/1.1 404 "))
            let old = try await gateway.raw(head.replacing("HTTP/1.1", with: "HTTP/1.0") + length + expects + "\r\n", body)
            #expect(old.contains(" 200 ") && !old.contains("100 Continue"), "\(old)")
            // Behind a request that is still being answered.
            let first = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            let second = head + length + expects + "\r\n"
            let both = try await gateway.raw(first + second, after: "HTTP/1.1 100 Continue\r\n\r\n", body)
            let told = try #require(both.firstRange(of: "HTTP/1.1 100 Continue\r\n\r\n"))
            #expect(both.hasPrefix("HTTP/1.1 200 ") && both[told.upperBound...].hasPrefix("HTTP/1.1 200 "), "\(both)")
            // Nobody else is told.
            let plain = try await gateway.raw(head + length + "Host: 127.0.0.1\r\n\r\n", body)
            #expect(plain.hasPrefix("HTTP/1.1 200 "), "\(plain)")
        }
    }

    @Test func `A client that leaves is counted as one that left, not as a fault`() async throws {
        try await withLiveGateway([]) { gateway in
            let body = #"{"ms":60000}"#
            let head =
                "POST /api/v1/default/default/tools/sleep/call HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            try await gateway.leave(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body) {
                try await eventually("it waits") {
                    try await gateway.send(.GET, "/metrics").text.contains("mcpstore_gateway_requests_open 2")
                }
            }
            let line = #"mcpstore_gateway_requests_total{path="rest",status="499"} 1"#
            try await eventually("it is counted") { try await gateway.send(.GET, "/metrics").text.contains(line) }
            #expect(try await !gateway.send(.GET, "/metrics").text.contains(#"path="rest",status="5"#))
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
