import AsyncHTTPClient
import Foundation
import MCPStore
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import MCPStoreGateway

/// The modern era over HTTP: what the conformance suite of the MCP project checks of a server, written as tests of our own.
struct ModernHTTPTests {
    @Test func `server-stateless: every request stands for itself, and errors have their status and the request's id`()
        async throws
    {
        try await withLiveGateway { gateway in
            let discovered = try await gateway.modern("server/discover")
            #expect(discovered.status == 200 && discovered.type == "application/json")
            #expect(discovered.headers.first(name: "mcp-session-id") == nil)
            #expect(try discovered.json()["result"]?["supportedVersions"] == ["2026-07-28"])

            let version = LiveGateway.types + [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")]
            for params in ["", #""_meta":{}"#, #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#] {
                let answer = try await gateway.send(.POST, "/mcp", version, body: LiveGateway.body("tools/list", params))
                #expect(answer.status == 400, "\(params)")
                #expect(try answer.json()["error"]?["code"] == -32602, "\(params)")
                #expect(try answer.json()["id"] == 1, "\(params)")
            }
            for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "no/method"]
            {
                let answer = try await gateway.modern(method)
                #expect(answer.status == 404, "\(method)")
                #expect(try answer.json()["error"]?["code"] == -32601, "\(method)")
                #expect(try answer.json()["id"] == 1, "\(method)")
            }
            let old = LiveGateway.types + [("mcp-protocol-version", "1900-01-01"), ("mcp-method", "tools/list")]
            let meta =
                #""_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}"#
            let refused = try await gateway.send(.POST, "/mcp", old, body: LiveGateway.body("tools/list", meta))
            #expect(refused.status == 400)
            #expect(try refused.json()["error"]?["code"] == -32022)
            #expect(try refused.json()["error"]?["data"]?["requested"] == "1900-01-01")
            let needing = try await gateway.modern(
                "tools/call",
                #""name":"test_missing_capability""#,
                name: "test_missing_capability"
            )
            #expect(needing.status == 400)
            #expect(try needing.json()["error"]?["code"] == -32021)
            #expect(try needing.json()["error"]?["data"]?["requiredCapabilities"] == ["sampling": [:]])
        }
    }

    @Test func `http-header-validation: headers must be there and agree with the body`() async throws {
        try await withLiveGateway { gateway in
            let (good, body) = LiveGateway.modernRequest("tools/call", #""name":"test_simple_text""#, name: "test_simple_text")
            #expect(try await gateway.send(.POST, "/mcp", good, body: body).status == 200)
            for name in ["mcp-method", "mcp-name", "mcp-protocol-version"] {
                let missing = good.filter { $0.0 != name }
                let different = missing + [(name, name == "mcp-protocol-version" ? "2025-11-25" : "TOOLS/CALL")]
                for headers in [missing, different] {
                    let answer = try await gateway.send(.POST, "/mcp", headers, body: body)
                    #expect(answer.status == 400, "\(headers)")
                    #expect(try answer.json()["error"]?["code"] == -32020, "\(headers)")
                    #expect(try answer.json()["id"] == 1, "\(headers)")
                }
            }
            let parameters = #""name":"test_header_parameter","arguments":{"region":"eu"}"#
            let matching = try await gateway.modern(
                "tools/call",
                parameters,
                name: "test_header_parameter",
                headers: [("Mcp-Param-Region", "eu")]
            )
            #expect(matching.status == 200)
            #expect(try matching.json()["result"]?["content"] == [["type": "text", "text": "eu"]])
            let without = try await gateway.modern("tools/call", parameters, name: "test_header_parameter")
            #expect(without.status == 400)
            #expect(try without.json()["error"]?["code"] == -32020)
        }
    }

    @Test func `tools: lists, every kind of content, errors and schemas`() async throws {
        try await withLiveGateway { gateway in
            let listed = try await gateway.modern("tools/list").json()["result"]
            let tools = listed?["tools"]?.arrayValue ?? []
            let names = tools.compactMap { $0["name"]?.stringValue }
            #expect(names.contains("test_simple_text") && names.contains("echo"))
            #expect(Set(names).count == names.count)
            #expect(try await gateway.modern("tools/list").json()["result"] == listed)
            #expect(listed?["ttlMs"]?.integerValue ?? -1 >= 0 && listed?["cacheScope"] != nil)
            let schema = tools.first { $0["name"] == "json_schema_2020_12_tool" }?["inputSchema"]
            #expect(schema?["$schema"] == "https://json-schema.org/draft/2020-12/schema")
            #expect(schema?["$defs"]?["address"]?["type"] == "object")
            #expect(schema?["additionalProperties"] == false)

            func content(_ name: String) async throws -> [JSONValue] {
                let answer = try await gateway.modern("tools/call", "\"name\":\"\(name)\"", name: name)
                #expect(answer.status == 200, "\(name): \(answer.text)")
                let result = try answer.json()["result"]
                #expect(result?["resultType"] == "complete", "\(name)")
                #expect(result?["isError"] == (name == "test_error_handling" ? true : nil), "\(name)")
                return result?["content"]?.arrayValue ?? []
            }
            #expect(try await content("test_simple_text").map { $0["type"] } == ["text"])
            #expect(try await content("test_image_content").first?["mimeType"] == "image/png")
            #expect(try await content("test_audio_content").first?["mimeType"] == "audio/wav")
            #expect(try await content("test_embedded_resource").first?["resource"]?["uri"] == "test://embedded-resource")
            #expect(try await content("test_multiple_content_types").map { $0["type"] } == ["text", "image", "resource"])
            let failed = try await content("test_error_handling")
            #expect(failed.first?["text"] == "This tool intentionally returns an error for testing")
            let unknown = try await gateway.modern("tools/call", #""name":"no_such_tool""#, name: "no_such_tool")
            #expect(unknown.status == 400)
            #expect(try unknown.json()["error"]?["code"] == -32602)
        }
    }

    @Test func `Progress comes on an event stream before the answer; without a token the answer is plain JSON`() async throws {
        try await withLiveGateway { gateway in
            let name = "test_tool_with_progress"
            let params = "\"name\":\"\(name)\""
            let answer = try await gateway.modern("tools/call", params, name: name, meta: #""progressToken":"p""#)
            #expect(answer.status == 200 && answer.type == "text/event-stream")
            #expect(answer.headers.first(name: "x-accel-buffering") == "no")
            let messages = try answer.messages.map { try json($0) }
            #expect(messages.dropLast().map { $0["method"] } == Array(repeating: "notifications/progress", count: 3))
            #expect(messages.dropLast().map { $0["params"]?["progressToken"] } == ["p", "p", "p"])
            #expect(messages.dropLast().map { $0["params"]?["progress"] } == [0, 50, 100])
            #expect(messages.last?["id"] == 1)
            #expect(messages.last?["result"]?["content"] == [["type": "text", "text": "done"]])
            #expect(try await gateway.modern("tools/call", params, name: name).type == "application/json")
        }
    }

    @Test func `resources, prompts and completion`() async throws {
        try await withLiveGateway { gateway in
            func read(_ uri: String) async throws -> JSONValue {
                try await gateway.modern("resources/read", "\"uri\":\"\(uri)\"", name: uri).json()
            }
            let text = try await read("test://static-text")["result"]
            #expect(text?["contents"]?.arrayValue?.first?["text"] == "This is the content of the static text resource.")
            #expect(text?["ttlMs"]?.integerValue ?? -1 >= 0 && text?["cacheScope"] != nil)
            #expect(try await read("test://static-binary")["result"]?["contents"]?.arrayValue?.first?["blob"] != nil)
            let filled = try await read("test://template/42/data")["result"]?["contents"]?.arrayValue?.first?["text"]
            #expect(filled?.stringValue?.contains("Data for ID: 42") == true)
            #expect(try await read("test://no/such")["error"]?["code"] == -32602)
            let templates = try await gateway.modern("resources/templates/list").json()["result"]?["resourceTemplates"]?
                .arrayValue
            #expect(templates?.contains { $0["uriTemplate"] == "test://template/{id}/data" } == true)

            func messages(_ name: String, _ arguments: String = "{}") async throws -> [JSONValue] {
                let params = "\"name\":\"\(name)\",\"arguments\":\(arguments)"
                let result = try await gateway.modern("prompts/get", params, name: name).json()["result"]
                return result?["messages"]?.arrayValue ?? []
            }
            #expect(try await messages("test_simple_prompt").first?["content"]?["text"] == "This is a simple prompt for testing.")
            let filledPrompt = try await messages("test_prompt_with_arguments", #"{"arg1":"a","arg2":"b"}"#)
            #expect(filledPrompt.first?["content"]?["text"] == "Prompt with arguments: arg1='a', arg2='b'")
            let embedded = try await messages("test_prompt_with_embedded_resource", #"{"resourceUri":"test://r"}"#)
            #expect(embedded.first?["content"]?["resource"]?["uri"] == "test://r")
            #expect(try await messages("test_prompt_with_image").first?["content"]?["type"] == "image")

            let argument = #""argument":{"name":"style","value":"s"}"#
            let completed = try await gateway.modern(
                "completion/complete",
                #""ref":{"type":"ref/prompt","name":"greeting"},"# + argument
            )
            #expect(try completed.json()["result"]?["completion"]?["values"] == ["short"])
        }
    }

    @Test func `input-required: asked, answered, and given its state back`() async throws {
        try await withLiveGateway { gateway in
            let name = "test_input_required_result_request_state"
            let asked = try await gateway.modern("tools/call", "\"name\":\"\(name)\"", name: name).json()["result"]
            #expect(asked?["resultType"] == "input_required")
            #expect(asked?["inputRequests"]?["confirm"]?["method"] == "elicitation/create")
            let state = try #require(asked?["requestState"]?.stringValue)
            let answers = #""inputResponses":{"confirm":{"action":"accept","content":{"ok":true}}},"requestState":"\#(state)""#
            let result = try await gateway.modern("tools/call", "\"name\":\"\(name)\",\(answers)", name: name).json()["result"]
            #expect(result?["resultType"] == "complete")
            #expect(result?["content"] == [["type": "text", "text": "state-ok"]])
        }
    }

    @Test func `A client that goes away takes its call back`() async throws {
        let directory = try TemporaryDirectory("gateway")
        defer { directory.remove() }
        let record = directory.path + "/record"
        try await withLiveGateway(["--record", record]) { gateway in
            let name = "record_destructive"
            let (headers, body) = LiveGateway.modernRequest(
                "tools/call",
                #""name":"record_destructive","arguments":{"id":"gone","ms":600000}"#,
                name: name
            )
            let request = gateway.request(.POST, "/mcp", headers, body: body)
            let asking = Task { [client = gateway.client] in try await client.execute(request, timeout: .seconds(600)) }
            try await eventually("it runs", within: .seconds(60)) { try Self.lines(record).contains { $0.contains(#""start""#) } }
            asking.cancel()
            _ = await asking.result
            // Sooner than its deadline of 60 s would end it.
            try await eventually("it was cancelled", within: .seconds(30)) {
                try Self.lines(record).contains { $0.contains(#""cancelled""#) }
            }
        }
    }

    private static func lines(_ path: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `subscriptions: acknowledged first, told of changes, and ended in order when the gateway drains`() async throws {
        try await withLiveGateway { gateway in
            let (headers, body) = LiveGateway.modernRequest("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#)
            let response = try await gateway.client.execute(
                gateway.request(.POST, "/mcp", headers, body: body),
                timeout: .seconds(120)
            )
            #expect(response.headers.first(name: "content-type") == "text/event-stream")
            var text = ""
            var hasChanged = false
            for try await part in response.body {
                text += String(buffer: part)
                let messages = text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
                if messages.count == 1, !hasChanged {
                    #expect(text.contains("notifications/subscriptions/acknowledged"))
                    hasChanged = true
                    try await gateway.store.forStore().removeService("tools")
                } else if messages.count == 2 {
                    #expect(messages[1].contains("notifications/tools/list_changed"))
                    #expect(messages[1].contains(#""io.modelcontextprotocol/subscriptionId":1"#))
                    await gateway.group.triggerGracefulShutdown()
                }
            }
            let last = try #require(text.split(separator: "\n").last { $0.hasPrefix("data: ") })
            #expect(try json(String(last.dropFirst(6)))["result"]?["resultType"] == "complete")
        }
    }
}
