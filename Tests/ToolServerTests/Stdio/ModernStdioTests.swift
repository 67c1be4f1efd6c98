import Testing

@testable import ToolServer

@Suite("The modern era over stdio")
struct ModernStdioTests {
    @Test("server/discover tells what there is")
    func discover() throws {
        let answer = try StdioPeer().ask(Messages.modernRequest("server/discover"))
        #expect(answer.text("result/resultType") == "complete")
        #expect(answer.value("result/supportedVersions") == ["2026-07-28"])
        #expect(answer.has("result/capabilities/tools"))
        #expect(answer.integer("result/ttlMs") == 3_600_000)
        #expect(answer.text("result/cacheScope") == "public")
    }

    @Test("Every result says that it is complete, and by whom; lists say how long they hold")
    func results() throws {
        let peer = try StdioPeer()
        let list = try peer.ask(Messages.modernRequest("tools/list"))
        #expect(list.text("result/resultType") == "complete")
        #expect(list.integer("result/ttlMs") == 60_000)
        #expect(list.text("result/cacheScope") == "public")
        let call = try peer.ask(Messages.modernCall("echo", #""text":"hi""#))
        #expect(call.text("result/resultType") == "complete")
        #expect(call.answer == "hi")
        let meta = try #require(call.value("result/_meta", as: [String: [String: String]].self))
        #expect(meta["io.modelcontextprotocol/serverInfo"]?["name"] == "toolserver")
    }

    @Test(
        "A request without the envelope is refused with -32602",
        arguments: [
            "",
            #""_meta":{}"#,
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
            #""_meta":{"io.modelcontextprotocol/clientCapabilities":{}}"#,
            #""_meta":{"io.modelcontextprotocol/protocolVersion":20260728,"io.modelcontextprotocol/clientCapabilities":{}}"#,
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}"#,
        ]
    )
    func envelope(params: String) throws {
        let peer = try StdioPeer()
        #expect(try peer.ask(Messages.request("server/discover", params: params)).errorCode == -32602)
        _ = try peer.ask(Messages.modernRequest("server/discover"))
        #expect(try peer.ask(Messages.request("tools/list", params: params)).errorCode == -32602)
    }

    @Test("An unknown revision is refused with -32022, which names the known ones")
    func revision() throws {
        let params =
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}"#
        let answer = try StdioPeer().ask(Messages.request("server/discover", params: params))
        #expect(answer.errorCode == -32022)
        #expect(answer.value("error/data/supported", as: [String].self)?.first == "2026-07-28")
        #expect(answer.text("error/data/requested") == "1900-01-01")
    }

    @Test("After a modern opener, initialize is refused with -32022")
    func lateHandshake() throws {
        let peer = try StdioPeer()
        _ = try peer.ask(Messages.modernRequest("tools/list"))
        let answer = try peer.ask(Messages.legacyInitialize)
        #expect(answer.errorCode == -32022)
        #expect(answer.value("error/data/supported") == ["2026-07-28"])
        #expect(answer.text("error/data/requested") == "2025-11-25")
    }

    @Test(
        "What the revision took away is not there",
        arguments: ["ping", "logging/setLevel", "resources/subscribe", "initialize"]
    )
    func removed(method: String) throws {
        let answer = try StdioPeer(Settings(era: .modern)).ask(Messages.modernRequest(method))
        #expect(answer.errorCode == -32601)
    }

    @Test("A server that speaks only the modern era answers initialize with -32022")
    func modernOnly() throws {
        let peer = try StdioPeer(Settings(era: .modern))
        #expect(try peer.ask(Messages.legacyInitialize).errorCode == -32022)
        #expect(try peer.ask(Messages.request("tools/list")).errorCode == -32602)
        #expect(try peer.ask(Messages.modernRequest("tools/list")).has("result"))
    }
}
