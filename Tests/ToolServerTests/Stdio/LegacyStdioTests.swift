import Testing

@testable import ToolServer

@Suite("The legacy era over stdio")
struct LegacyStdioTests {
    @Test("Each legacy revision is echoed", arguments: Revision.legacy)
    func handshake(revision: String) throws {
        let answer = try StdioPeer().ask(
            Messages.request("initialize", params: #""protocolVersion":"\#(revision)","capabilities":{}"#)
        )
        #expect(answer.text("result/protocolVersion") == revision)
        #expect(answer.text("result/serverInfo/name") == "toolserver")
        #expect(answer.has("result/capabilities/tools"))
        #expect(!answer.has("result/resultType"))
    }

    @Test("Another revision is answered with the latest legacy one", arguments: ["1999-01-01", "2026-07-28"])
    func unknownRevision(revision: String) throws {
        let answer = try StdioPeer().ask(
            Messages.request("initialize", params: #""protocolVersion":"\#(revision)","capabilities":{}"#)
        )
        #expect(answer.text("result/protocolVersion") == "2025-11-25")
    }

    @Test("ping and logging/setLevel get empty results; a notification gets nothing")
    func emptyResults() throws {
        let peer = try StdioPeer.legacy()
        for method in ["ping", "logging/setLevel"] {
            #expect(try peer.ask(Messages.request(method)).value("result", as: [String: String].self) == [:])
        }
        try peer.send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        #expect(try peer.received().isEmpty)
    }

    @Test("A request before initialize is refused, and does not decide the era")
    func early() throws {
        let peer = try StdioPeer()
        #expect(try peer.ask(Messages.request("tools/list")).errorCode == -32600)
        #expect(try peer.ask(Messages.legacyInitialize).has("result"))
        #expect(try peer.ask(Messages.request("tools/list")).has("result/tools"))
    }

    @Test("After initialize, a request with the modern envelope is refused")
    func mixed() throws {
        #expect(try StdioPeer.legacy().ask(Messages.modernRequest("tools/list")).errorCode == -32600)
    }

    @Test("The modern methods are not there")
    func unknownMethods() throws {
        let peer = try StdioPeer.legacy()
        #expect(try peer.ask(Messages.request("server/discover")).errorCode == -32601)
        #expect(try peer.ask(Messages.request("no/such")).errorCode == -32601)
    }

    @Test("Ids come back as they were written", arguments: ["7", "-1", #""a\"b\u00e9""#, #""""#])
    func ids(id: String) throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.request("ping", id: id))
        #expect(try peer.nextWrite() == #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"# + "\n")
    }

    @Test("Bytes that are no message are answered with the right error, and the connection goes on")
    func malformed() throws {
        let peer = try StdioPeer.legacy()
        #expect(try peer.ask("{not json").errorCode == -32700)
        #expect(try peer.ask(#"{"jsonrpc":"1.0","id":3,"method":"ping"}"#).errorCode == -32600)
        #expect(try peer.ask(#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#).errorCode == -32600)
        #expect(try peer.ask(#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#).errorCode == -32600)
        #expect(try peer.ask(#"[{"jsonrpc":"2.0","id":3,"method":"ping"}]"#).errorCode == -32600)
        #expect(try peer.ask(#"{"jsonrpc":"2.0","id":3,"method":"ping","params":[]}"#).errorCode == -32600)
        try peer.send(#"{"jsonrpc":"2.0","id":3,"result":{}}"#)
        #expect(try peer.received().isEmpty)
        #expect(try peer.ask(Messages.request("ping", id: "9")).id == 9)
    }

    @Test("A server that speaks only the legacy era refuses the modern probe, and then takes the handshake")
    func legacyOnly() throws {
        let peer = try StdioPeer(Settings(era: .legacy))
        #expect(try peer.ask(Messages.modernRequest("server/discover")).errorCode == -32601)
        #expect(try peer.ask(Messages.legacyInitialize).has("result"))
    }

    @Test("A server without tools has neither the capability nor the methods")
    func noTools() throws {
        let peer = try StdioPeer(Settings(hasTools: false))
        #expect(try !peer.ask(Messages.legacyInitialize).has("result/capabilities/tools"))
        #expect(try peer.ask(Messages.request("tools/list")).errorCode == -32601)
        #expect(try peer.ask(Messages.call("echo", #""text":"x""#)).errorCode == -32601)
    }
}
