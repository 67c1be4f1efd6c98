import NIOCore
import NIOEmbedded
import Testing

@testable import ToolServer

@Suite("The modern era over HTTP")
struct ModernHTTPTests {
    @Test("Requests with envelope and headers are answered as JSON")
    func requests() throws {
        let peer = try HTTPPeer()
        let discovery = try peer.modern("server/discover")
        #expect(discovery.status == 200)
        #expect(discovery.headers["content-type"] == "application/json")
        #expect(try discovery.json.value("result/supportedVersions") == ["2026-07-28"])
        #expect(try peer.modern("tools/list").json.has("result/tools"))
        let call = try peer.modern("tools/call", name: "echo", params: #""name":"echo","arguments":{"text":"hi"}"#)
        #expect(call.status == 200)
        #expect(try call.json.answer == "hi")
        #expect(call.headers["mcp-session-id"] == nil)
    }

    @Test("What is no method of the revision gets 404", arguments: ["initialize", "ping", "logging/setLevel", "no/such"])
    func unknownMethods(method: String) throws {
        let answer = try HTTPPeer().modern(method)
        #expect(answer.status == 404)
        #expect(try answer.json.errorCode == -32601)
        #expect(try answer.json.id == 1)
    }

    @Test("A header that is missing, repeated or different gets 400 with -32020")
    func headers() throws {
        let body = Messages.modernCall("echo", #""text":"x""#)
        let good = HTTPPeer.modernHeaders("tools/call", name: "echo")
        #expect(try HTTPPeer().post(body, good).status == 200)
        let bad = [
            good.filter { !$0.hasPrefix("MCP-Protocol-Version") },
            good.filter { !$0.hasPrefix("Mcp-Method") },
            good.filter { !$0.hasPrefix("Mcp-Name") },
            HTTPPeer.modernHeaders("tools/list", name: "echo"),
            HTTPPeer.modernHeaders("Tools/call", name: "echo"),
            HTTPPeer.modernHeaders("tools/call", name: "Echo"),
            good + ["Mcp-Name: echo"],
            good.filter { !$0.hasPrefix("MCP-Protocol-Version") } + ["MCP-Protocol-Version: 2025-11-25"],
        ]
        for headers in bad {
            let answer = try HTTPPeer().post(body, headers)
            #expect(answer.status == 400, "\(headers)")
            #expect(try answer.json.errorCode == -32020, "\(headers)")
        }
    }

    @Test("Names of headers may be written in any case; values may have spaces around them or be base64")
    func headerForms() throws {
        let body = Messages.modernCall("echo", #""text":"x""#)
        let headers =
            HTTPPeer.legacyHeaders + [
                "mcp-protocol-VERSION:   2026-07-28 ", "MCP-METHOD:\ttools/call\t", "mcp-name: =?base64?ZWNobw==?=",
            ]
        #expect(try HTTPPeer().post(body, headers).status == 200)
    }

    @Test("A request without the envelope gets 400 with -32602")
    func envelope() throws {
        for params in ["", #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#] {
            let answer = try HTTPPeer().post(Messages.request("tools/list", params: params), HTTPPeer.modernHeaders("tools/list"))
            #expect(answer.status == 400)
            #expect(try answer.json.errorCode == -32602)
        }
    }

    @Test("An unknown revision gets 400 with -32022, which names the known ones")
    func revision() throws {
        let body = Messages.modernRequest("tools/list")
        let headers = HTTPPeer.legacyHeaders + ["MCP-Protocol-Version: 1900-01-01", "Mcp-Method: tools/list"]
        let answer = try HTTPPeer().post(body.replacing("2026-07-28", with: "1900-01-01"), headers)
        #expect(answer.status == 400)
        #expect(try answer.json.errorCode == -32022)
        #expect(try answer.json.value("error/data/supported", as: [String].self)?.contains("2026-07-28") == true)
        #expect(try answer.json.text("error/data/requested") == "1900-01-01")
        #expect(try HTTPPeer().post(Messages.request("tools/list"), headers).json.errorCode == -32022)
    }

    @Test("A server that speaks only this era names it to who says initialize")
    func modernOnly() throws {
        let answer = try HTTPPeer(Settings(era: .modern)).post(Messages.legacyInitialize)
        #expect(answer.status == 400)
        #expect(try answer.json.errorCode == -32022)
        #expect(try answer.json.value("error/data/supported") == ["2026-07-28"])
        #expect(try HTTPPeer(Settings(era: .modern)).post(Messages.request("tools/list")).status == 400)
    }

    @Test("A notification gets 202 and an answer to nothing 400")
    func others() throws {
        let headers = HTTPPeer.modernHeaders("notifications/cancelled")
        #expect(try HTTPPeer().post(Messages.cancel(id: "1"), headers).status == 202)
        #expect(try HTTPPeer().post(#"{"jsonrpc":"2.0","id":3,"result":{}}"#, headers).status == 400)
    }

    @Test("A session is ignored, also where legacy clients have one")
    func session() throws {
        let peer = try HTTPPeer(Settings(usesSessions: true))
        let headers = HTTPPeer.modernHeaders("tools/list") + ["Mcp-Session-Id: nonsense"]
        #expect(try peer.post(Messages.modernRequest("tools/list"), headers).status == 200)
    }

    @Test("A call with a progress token is answered with events, the answer last")
    func progress() throws {
        let peer = try HTTPPeer()
        let meta = Messages.modernMeta.dropLast() + #","progressToken":7}"#
        let body = Messages.request("tools/call", params: #""name":"progress","arguments":{"steps":2,"delayMs":5},\#(meta)"#)
        try peer.send("POST", HTTPPeer.modernHeaders("tools/call", name: "progress"), body: body)
        #expect(try peer.received() == nil)
        peer.advance(milliseconds: 5)
        let first = try #require(try peer.received())
        #expect(first.status == 200)
        #expect(first.isStream)
        #expect(first.headers["x-accel-buffering"] == "no")
        #expect(try first.events.map { $0.integer("params/progress") } == [1])
        #expect(!first.isComplete)
        peer.advance(milliseconds: 5)
        let rest = try #require(try peer.received())
        #expect(try rest.events.first?.integer("params/progress") == 2)
        #expect(try rest.events.last?.answer == "did 2 steps")
        #expect(rest.isComplete)
        #expect(try peer.modern("tools/list").status == 200, "the connection is kept")
    }

    @Test("When the connection closes, its call is cancelled")
    func disconnect() throws {
        let record = try RecordFile()
        let peer = try HTTPPeer(Settings(recordPath: record.path))
        let body = Messages.modernCall("record_readonly", #""id":"a","ms":10"#)
        try peer.send("POST", HTTPPeer.modernHeaders("tools/call", name: "record_readonly"), body: body)
        let loop = peer.channel.embeddedEventLoop
        try peer.channel.close().wait()
        loop.advanceTime(by: .milliseconds(10))
        #expect(try record.events() == ["a start", "a cancelled"])
    }
}
