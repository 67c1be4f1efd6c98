import MCPStore
import MCPStoreProtocol
import NIOCore
import Testing

@testable import MCPStoreGateway

/// The dispatcher without I/O.
struct FrontDoorTests {
    private func door(_ space: ScriptedSpace) -> FrontDoor {
        var options = FrontDoorOptions()
        options.serverVersion = "1.2.3"
        options.pageSize = 2
        return FrontDoor(space: space, options: options)
    }

    @Test func `server/discover says what is spoken and who answers`() async throws {
        let answer = try await door(ScriptedSpace()).ask("server/discover")
        let result = answer["result"]
        #expect(answer["id"] == 7)
        #expect(result?["supportedVersions"] == ["2026-07-28"])
        #expect(result?["resultType"] == "complete")
        #expect(result?["cacheScope"] == "private")
        #expect(result?["ttlMs"]?.integerValue ?? -1 >= 0)
        #expect(result?["capabilities"]?["tools"]?["listChanged"] == true)
        #expect(result?["_meta"]?["io.modelcontextprotocol/serverInfo"] == ["name": "mcpstore", "version": "1.2.3"])
    }

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
    ])
    func `initialize agrees on a legacy revision`(_ asked: String, _ agreed: String) async throws {
        let answer = try await door(ScriptedSpace()).ask("initialize", #""protocolVersion":"\#(asked)""#, era: .legacy)
        #expect(answer["result"]?["protocolVersion"]?.stringValue == agreed)
        #expect(answer["result"]?["serverInfo"]?["name"] == "mcpstore")
        #expect(answer["result"]?["resultType"] == nil)
    }

    @Test(arguments: [
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "tasks/list", "unknown/method",
    ])
    func `What the modern era does not have is not found`(_ method: String) async throws {
        let answer = try await door(ScriptedSpace()).ask(method)
        #expect(answer["error"]?["code"] == -32601)
        #expect(answer["id"] == 7)
    }

    @Test(arguments: ["server/discover", "subscriptions/listen", "unknown/method"])
    func `What the legacy era does not have is not found`(_ method: String) async throws {
        let answer = try await door(ScriptedSpace()).ask(method, era: .legacy)
        #expect(answer["error"]?["code"] == -32601)
    }

    @Test func `Lists come in pages, with what each era has`() async throws {
        let tools = ["a", "b", "c"].map { #"{"name":"\#($0)"}"# }
        let door = door(ScriptedSpace(try Catalog([.init(name: "s", tools: tools)])))
        let first = try await door.ask("tools/list")["result"]
        #expect(first?["tools"] == [["name": "a"], ["name": "b"]])
        #expect(first?["ttlMs"] != nil && first?["cacheScope"] != nil && first?["resultType"] == "complete")
        let cursor = try #require(first?["nextCursor"]?.stringValue)
        let second = try await door.ask("tools/list", "\"cursor\":\(JSONValue.string(cursor))", era: .legacy)["result"]
        #expect(second?["tools"] == [["name": "c"]])
        #expect(second?["nextCursor"] == nil && second?["ttlMs"] == nil)
        #expect(try await door.ask("tools/list", #""cursor":"no""#)["error"]?["code"] == -32602)
        #expect(try await door.ask("resources/templates/list")["result"]?["resourceTemplates"] == [])
    }

    @Test func `Arguments and results pass as the bytes that they are`() async throws {
        let result = #"{ "content":[{"type":"text","text":"\u00e9"}], "n":1.50 }"#
        let space = ScriptedSpace { _, _ in .result(ByteBuffer(string: result)) }
        let params = ByteBuffer(string: #"{"name":"own","arguments":{ "z":1.0, "a":"\u00e9" }}"#)
        let request = try ClientRequest(id: ByteBuffer(string: "\"x\""), method: "tools/call", params: params)
        let reply = await door(space).answer(request, era: .legacy) { _ in }
        #expect(String(buffer: reply.message) == #"{"jsonrpc":"2.0","id":"x","result":\#(result)}"#)
        #expect(space.forwarded.map(\.parameters) == [String(buffer: params)])
    }

    @Test func `The server gets its own name for the tool`() async throws {
        let space = ScriptedSpace()
        _ = try await door(space).ask("tools/call", #""name":"service_own","arguments":{"a": 1}"#, era: .legacy)
        #expect(space.forwarded.map(\.parameters) == [#"{"name":"own","arguments":{"a": 1}}"#])
        #expect(space.forwarded.map(\.subject) == [.tool("service_own")])
    }

    @Test func `A prompt's completion names the prompt as its server does`() async throws {
        let space = ScriptedSpace()
        let params = #""ref":{"type":"ref/prompt","name":"s_own"},"argument":{"name":"a","value":""}"#
        _ = try await door(space).ask("completion/complete", params, era: .legacy)
        #expect(
            space.forwarded.map(\.parameters) == [
                #"{"ref":{"type":"ref/prompt","name":"own"},"argument":{"name":"a","value":""}}"#
            ]
        )
    }

    @Test func `A legacy server's result gets what modern clients need, and nothing else changes`() async throws {
        let space = ScriptedSpace { _, _ in .result(ByteBuffer(string: #"{"contents":[{"uri":"u"}],"x":1.0}"#)) }
        let params = ByteBuffer(string: #"{"uri":"u",\#(modernMeta)}"#)
        let request = try ClientRequest(id: ByteBuffer(string: "1"), method: "resources/read", params: params)
        let reply = await door(space).answer(request, era: .modern) { _ in }
        #expect(String(buffer: reply.message).hasSuffix(#""contents":[{"uri":"u"}],"x":1.0}}"#))
        let result = try json(String(buffer: reply.message))["result"]
        #expect(result?["resultType"] == "complete")
        #expect(result?["ttlMs"] == 0 && result?["cacheScope"] == "private")
    }

    @Test func `What a modern server says itself stays`() async throws {
        let result = #"{"resultType":"complete","_meta":{"a":1},"contents":[],"ttlMs":60000,"cacheScope":"public"}"#
        let space = ScriptedSpace { _, _ in .result(ByteBuffer(string: result)) }
        #expect(try await door(space).ask("resources/read", #""uri":"u""#)["result"] == (try json(result)))
    }

    @Test func `A request for more input is relayed with its state, and its answer too`() async throws {
        let asked =
            #"{"resultType":"input_required","inputRequests":{"n":{"method":"elicitation/create","params":{}}},"requestState":"s"}"#
        let space = ScriptedSpace { _, _ in .result(ByteBuffer(string: asked)) }
        let door = door(space)
        let result = try await door.ask("tools/call", #""name":"t","arguments":{}"#)["result"]
        #expect(result?["resultType"] == "input_required")
        #expect(result?["requestState"] == "s")
        #expect(result?["inputRequests"]?["n"]?["method"] == "elicitation/create")
        _ = try await door.ask("tools/call", #""name":"own","inputResponses":{"n":{"action":"accept"}},"requestState":"s""#)
        let sent = try json(try #require(space.forwarded.last?.parameters))
        #expect(sent["inputResponses"] == ["n": ["action": "accept"]])
        #expect(sent["requestState"] == "s")
        // A legacy client cannot be asked: it is told so, as a failure that the model sees.
        let legacy = try await door.ask("tools/call", #""name":"t""#, era: .legacy)["result"]
        #expect(legacy?["isError"] == true)
    }

    @Test func `Tasks are not asked of servers`() async throws {
        let space = ScriptedSpace()
        let params = ByteBuffer(
            string:
                #"{"name":"own","task":{"ttl":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"sampling":{},"extensions":{"io.modelcontextprotocol/tasks":{},"other":{}}}}}"#
        )
        let request = try ClientRequest(id: ByteBuffer(string: "1"), method: "tools/call", params: params)
        _ = await door(space).answer(request, era: .modern) { _ in }
        let sent = try json(try #require(space.forwarded.first?.parameters))
        #expect(sent["task"] == nil)
        let capabilities = sent["_meta"]?["io.modelcontextprotocol/clientCapabilities"]
        #expect(capabilities == ["sampling": [:], "extensions": ["other": [:]]])
    }

    @Test func `Progress comes under the client's own token`() async throws {
        let space = ScriptedSpace { _, onProgress in
            onProgress?(ByteBuffer(string: #"{"progressToken":99,"progress":1,"total":3,"message":"m"}"#))
            return .result(ByteBuffer(string: "{}"))
        }
        let told = Told()
        _ = try await door(space).ask("tools/call", #""name":"t","_meta":{"progressToken":"p1"}"#, era: .legacy) { told.add($0) }
        #expect(
            told.all == [
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p1","progress":1,"total":3,"message":"m"}}"#
            ]
        )
    }

    @Test func `A server's error passes as it came`() async throws {
        let space = ScriptedSpace { _, _ in .serverError(ByteBuffer(string: #"{"code":-32021,"message":"m","data":{"x":1.0}}"#)) }
        let request = try ClientRequest(
            id: ByteBuffer(string: "1"),
            method: "tools/call",
            params: ByteBuffer(string: #"{"name":"t",\#(modernMeta)}"#)
        )
        let reply = await door(space).answer(request, era: .modern) { _ in }
        #expect(
            String(buffer: reply.message) == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"m","data":{"x":1.0}}}"#
        )
        #expect(reply.httpStatus(.modern) == 400)
    }

    @Test(arguments: [MCPStoreError.Code.unknownTool, .ambiguousTool])
    func `A tool that no name means is an error of the protocol`(_ code: MCPStoreError.Code) async throws {
        let space = ScriptedSpace { (_, _) async throws(MCPStoreError) -> ForwardedAnswer in throw MCPStoreError(code, "no") }
        let answer = try await door(space).ask("tools/call", #""name":"t""#)
        #expect(answer["error"]?["code"] == -32602)
        #expect(answer["error"]?["data"]?["kind"]?.stringValue == code.description)
    }

    @Test(arguments: [MCPStoreError.Code.busy, .timedOut, .unavailable, .interrupted, .unknown, .redis, .rejected])
    func `A call that nobody answered is a failure that the model sees`(_ code: MCPStoreError.Code) async throws {
        let space = ScriptedSpace { (_, _) async throws(MCPStoreError) -> ForwardedAnswer in throw MCPStoreError(code, "why") }
        for era in [MCPEra.modern, .legacy] {
            let result = try await door(space).ask("tools/call", #""name":"t""#, era: era)["result"]
            #expect(result?["isError"] == true)
            #expect(result?["content"] == [["type": "text", "text": "why"]])
            #expect(result?["_meta"]?["mcpstore/outcome"]?["kind"]?.stringValue == code.description)
            #expect((result?["resultType"] != nil) == (era == .modern))
        }
        #expect(try await door(space).ask("resources/read", #""uri":"u""#)["error"]?["code"] == -32603)
    }

    @Test func `A resource that is not there has the code of its era`() async throws {
        let space = ScriptedSpace { (_, _) async throws(MCPStoreError) -> ForwardedAnswer in
            throw MCPStoreError(.unknownResource, "no")
        }
        let modern = try await door(space).ask("resources/read", #""uri":"u""#)
        #expect(modern["error"]?["code"] == -32602)
        #expect(modern["error"]?["data"]?["uri"] == "u")
        #expect(try await door(space).ask("resources/read", #""uri":"u""#, era: .legacy)["error"]?["code"] == -32002)
    }

    @Test(arguments: [
        ("tools/call", ""), ("tools/call", #""name":1"#), ("tools/call", #""name":"t","arguments":[]"#), ("prompts/get", ""),
        ("resources/read", ""), ("completion/complete", ""), ("completion/complete", #""ref":{"type":"x"}"#),
        ("tools/list", #""cursor":1"#), ("subscriptions/listen", ""),
        // It would be up to the server which one counts.
        ("tools/call", #""name":"t","name":"u""#), ("tools/call", #""name":"t","Name":"u""#),
        ("tools/call", #""name":"t","n\u0061me":"u""#), ("tools/call", #""name":"t","arguments":{},"arguments":{}"#),
        ("resources/read", #""uri":"a","URI":"b""#),
    ])
    func `Parameters that are wrong reach nobody`(_ method: String, _ params: String) async throws {
        let space = ScriptedSpace()
        #expect(try await door(space).ask(method, params)["error"]?["code"] == -32602)
        #expect(space.forwarded.isEmpty)
    }
}
