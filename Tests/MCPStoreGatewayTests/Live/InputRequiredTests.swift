import MCPStore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// What the conformance suite asks of results that ask for input, over HTTP with ToolServer behind a worker.
struct InputRequiredTests {
    /// A client that can do everything.
    private static let able =
        #""io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"sampling":{},"roots":{}}"#

    private func call(_ gateway: LiveGateway, _ tool: String, _ more: String = "", able: String = Self.able) async throws
        -> JSONValue
    {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\#(able)}"#
        let params = #""name":"\#(tool)","arguments":{},\#(meta)\#(more.isEmpty ? "" : "," + more)"#
        let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", tool)]
        let body = LiveGateway.body("tools/call", params)
        return try await gateway.send(.POST, "/mcp", LiveGateway.types + headers, body: body).json()
    }

    @Test func `Each kind of input is asked for, and taken`() async throws {
        try await withLiveGateway { gateway in
            for (kind, key, method, answer, text) in [
                (
                    "elicitation", "user_name", "elicitation/create", #"{"action":"accept","content":{"name":"Ada"}}"#,
                    "Hello, Ada!"
                ),
                (
                    "sampling", "capital_question", "sampling/createMessage",
                    #"{"role":"assistant","content":{"type":"text","text":"Paris."},"model":"m"}"#, "Paris."
                ),
                ("list_roots", "client_roots", "roots/list", #"{"roots":[]}"#, "roots: []"),
            ] {
                let tool = "test_input_required_result_" + kind
                let asked = try await call(gateway, tool)["result"]
                #expect(asked?["resultType"] == "input_required", "\(kind)")
                #expect(asked?["inputRequests"]?[key]?["method"]?.stringValue == method, "\(kind)")
                #expect(asked?["requestState"] == nil, "\(kind)")
                // What was not asked for is passed over.
                let result = try await call(gateway, tool, #""inputResponses":{"\#(key)":\#(answer),"other":{}}"#)["result"]
                #expect(result?["resultType"] == "complete", "\(kind)")
                #expect(result?.contentText == text, "\(kind)")
                // What is no answer is asked for again.
                let again = try await call(gateway, tool, #""inputResponses":{"\#(key)":12345}"#)["result"]
                #expect(again?["resultType"] == "input_required", "\(kind)")
            }
        }
    }

    @Test func `Several inputs, several rounds, state that is given back, and state that was tampered with`() async throws {
        try await withLiveGateway { gateway in
            let name = #"{"action":"accept","content":{"name":"Ada"}}"#
            let several = "test_input_required_result_multiple_inputs"
            let asked = try await call(gateway, several)["result"]
            let methods = asked?["inputRequests"]?.objectValue?.values.compactMap { $0["method"]?.stringValue }.sorted()
            #expect(methods == ["elicitation/create", "roots/list", "sampling/createMessage"])
            let all = #""inputResponses":{"user_name":\#(name),"greeting":{"role":"assistant"},"client_roots":{"roots":[]}}"#
            let state = try #require(asked?["requestState"]?.stringValue)
            let done = try await call(gateway, several, all + #","requestState":"\#(state)""#)["result"]
            #expect(done?.contentText == "all three, Ada")

            let rounds = "test_input_required_result_multi_round"
            let first = try #require(try await call(gateway, rounds)["result"]?["requestState"]?.stringValue)
            let answer1 = #""inputResponses":{"step1":\#(name)},"requestState":"\#(first)""#
            let second = try #require(try await call(gateway, rounds, answer1)["result"]?["requestState"]?.stringValue)
            #expect(first != second)
            let answer2 = #""inputResponses":{"step2":{"action":"accept","content":{"color":"red"}}},"requestState":"\#(second)""#
            #expect(try await call(gateway, rounds, answer2)["result"]?["resultType"] == "complete")

            let sealed = "test_input_required_result_tampered_state"
            let seal = try #require(try await call(gateway, sealed)["result"]?["requestState"]?.stringValue)
            let confirm = #""inputResponses":{"confirm":{"action":"accept","content":{"ok":true}}},"requestState":"\#(seal)"#
            #expect(try await call(gateway, sealed, confirm + #"-TAMPERED""#)["error"]?["code"] == -32602)
            #expect(try await call(gateway, sealed, confirm + #"""#)["result"]?["resultType"] == "complete")
        }
    }

    @Test func `Only what the client declares is asked for, and prompts ask as tools do`() async throws {
        try await withLiveGateway { gateway in
            let sampling = #""io.modelcontextprotocol/clientCapabilities":{"sampling":{}}"#
            let asked = try await call(gateway, "test_input_required_result_capabilities", able: sampling)["result"]
            let methods = asked?["inputRequests"]?.objectValue?.values.compactMap { $0["method"]?.stringValue }
            #expect(methods == ["sampling/createMessage"])

            let name = "test_input_required_result_prompt"
            let prompt = try await gateway.modern("prompts/get", #""name":"\#(name)""#, name: name).json()["result"]
            #expect(prompt?["resultType"] == "input_required")
            #expect(prompt?["inputRequests"]?["user_context"]?["method"] == "elicitation/create")
            let answer = #""inputResponses":{"user_context":{"action":"accept","content":{"context":"here"}}}"#
            let shown = try await gateway.modern("prompts/get", #""name":"\#(name)",\#(answer)"#, name: name).json()["result"]
            #expect(shown?["messages"]?.arrayValue?.first?["content"]?["text"] == "Use this context: here")
        }
    }
}
