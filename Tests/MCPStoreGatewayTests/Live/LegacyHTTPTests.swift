import MCPStore
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// The legacy era over HTTP, and what both eras share.
struct LegacyHTTPTests {
    @Test func `Clients open with initialize, need no session, and are answered by their own revision's rules`() async throws {
        try await withLiveGateway { gateway in
            let params = #""protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}"#
            let opened = try await gateway.legacy("initialize", params)
            #expect(opened.status == 200)
            #expect(opened.headers.first(name: "mcp-session-id") == nil)
            #expect(try opened.json()["result"]?["protocolVersion"] == "2025-06-18")
            let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
            let initialized = try await gateway.send(.POST, "/mcp", LiveGateway.types, body: note)
            #expect(initialized.status == 202 && initialized.text.isEmpty)
            let response = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
            #expect(try await gateway.send(.POST, "/mcp", LiveGateway.types, body: response).status == 202)
            #expect(try await gateway.legacy("ping").json()["result"] == [:])
            #expect(try await gateway.legacy("logging/setLevel", #""level":"info""#).json()["result"] == [:])
            let tools = try await gateway.legacy("tools/list").json()["result"]
            #expect(tools?["tools"]?.arrayValue?.isEmpty == false)
            #expect(tools?["resultType"] == nil && tools?["ttlMs"] == nil)
            // Sent by clients that keep a session of another server: it means nothing here.
            let headers = LiveGateway.types + [("mcp-session-id", "x"), ("mcp-protocol-version", "2025-11-25")]
            let body = LiveGateway.body("tools/call", #""name":"echo","arguments":{"text":"hi"}"#)
            let called = try await gateway.send(.POST, "/mcp", headers, body: body)
            #expect(try called.json()["result"]?["content"] == [["type": "text", "text": "hi"]])
            let unknown = try await gateway.legacy("tools/call", #""name":"no""#)
            #expect(unknown.status == 200)
            #expect(try unknown.json()["error"]?["code"] == -32602)
            for method in ["resources/subscribe", "resources/unsubscribe"] {
                let watched = try await gateway.legacy(method, #""uri":"test://watched-resource""#)
                #expect(try watched.json()["result"] == [:])
                #expect(try await gateway.legacy(method, #""uri":"u""#).json()["error"]?["code"] == -32002)
            }
        }
    }

    @Test func `Progress of a legacy call comes on an event stream`() async throws {
        try await withLiveGateway { gateway in
            let params = #""name":"test_tool_with_progress","_meta":{"progressToken":5}"#
            let answer = try await gateway.legacy("tools/call", params)
            #expect(answer.type == "text/event-stream")
            let messages = try answer.messages.map { try json($0) }
            #expect(messages.dropLast().map { $0["params"]?["progressToken"] } == [5, 5, 5])
            #expect(messages.last?["result"] != nil)
        }
    }

    @Test func `GET and DELETE are not allowed, whatever the path's space`() async throws {
        try await withLiveGateway { gateway in
            for path in ["/mcp", "/mcp/default/default"] {
                for method in [NIOHTTP1.HTTPMethod.GET, .DELETE] {
                    let answer = try await gateway.send(method, path, [("accept", "text/event-stream")])
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(answer.headers.first(name: "allow") == "POST")
                }
            }
        }
    }

    @Test func `dns-rebinding-protection: foreign hosts and origins are refused, health is not asked for them`() async throws {
        try await withLiveGateway { gateway in
            let body = LiveGateway.body("ping", "")
            func status(_ headers: [(String, String)]) async throws -> Int {
                try await gateway.send(.POST, "/mcp", LiveGateway.types + headers, body: body).status
            }
            let statuses = [
                try await status([("host", "evil.example")]), try await status([("origin", "http://evil.example")]),
                try await status([("origin", "http://localhost:\(gateway.port)")]),
            ]
            #expect(statuses == [421, 403, 200])
            #expect(try await gateway.send(.GET, "/healthz", [("host", "10.0.0.1:8080")]).status == 200)
            #expect(try await gateway.send(.GET, "/readyz", [("host", "10.0.0.1:8080")]).status == 200)
        }
    }

    @Test func `What is no message is refused with a problem or an error, and the connection goes on`() async throws {
        try await withLiveGateway(["--no-tools"], { $0.mostBytes = 2048 }) { gateway in
            func send(_ body: String, _ headers: [(String, String)] = LiveGateway.types) async throws -> LiveGateway.Answer {
                try await gateway.send(.POST, "/mcp", headers, body: body)
            }
            let broken = try await send("{")
            #expect(broken.status == 400)
            #expect(try broken.json()["error"]?["code"] == -32700)
            #expect(try broken.json()["id"] == .null)
            #expect(try await send("[]").json()["error"]?["code"] == -32600)
            let large = try await send(LiveGateway.body("ping", #""x":"\#(String(repeating: "x", count: 4096))""#))
            #expect(large.status == 413)
            #expect(large.type == "application/problem+json")
            #expect(try json(large.text)["kind"] == "tooLarge")
            let body = LiveGateway.body("ping", "")
            #expect(try await send(body, [("content-type", "text/plain")]).status == 415)
            #expect(try await send(body, [("content-type", "application/json"), ("accept", "text/html")]).status == 406)
            #expect(try await send(body, [("content-type", "application/json; charset=utf-8")]).status == 200)
            let bad = try await send(body, LiveGateway.types + [("mcp-protocol-version", "1999-01-01")])
            #expect(bad.status == 400)
            let nothing = try await gateway.send(.GET, "/nothing")
            #expect(nothing.status == 404 && nothing.type == "application/problem+json")
            let name = try await gateway.send(.POST, "/mcp/mcpstore/x", LiveGateway.types, body: body)
            #expect(name.status == 404)
        }
    }

    @Test func `Many requests of both eras at once over few connections are answered each with its own`() async throws {
        try await withLiveGateway { gateway in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let params = #""name":"echo","arguments":{"text":"\#(number)"}"#
                        let answer =
                            number.isMultiple(of: 2)
                            ? try await gateway.legacy("tools/call", params)
                            : try await gateway.modern("tools/call", params, name: "echo")
                        let text = try answer.json()["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue
                        #expect(text == "\(number)", "\(answer.text)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
