import NIOCore
import NIOEmbedded
import Testing

@testable import ToolServer

@Suite("The legacy era over HTTP")
struct LegacyHTTPTests {
    private static let version = "MCP-Protocol-Version: 2025-11-25"

    @Test("Without sessions, every request stands for itself")
    func stateless() throws {
        let peer = try HTTPPeer()
        let handshake = try peer.post(Messages.legacyInitialize)
        #expect(handshake.status == 200)
        #expect(try handshake.json.text("result/protocolVersion") == "2025-11-25")
        #expect(handshake.headers["mcp-session-id"] == nil)
        #expect(try peer.post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).status == 202)
        #expect(try peer.post(#"{"jsonrpc":"2.0","id":3,"result":{}}"#).status == 202)
        for headers in [HTTPPeer.legacyHeaders, HTTPPeer.legacyHeaders + [Self.version]] {
            let answer = try peer.post(Messages.call("echo", #""text":"x""#), headers)
            #expect(answer.status == 200)
            #expect(try answer.json.answer == "x")
            #expect(try !answer.json.has("result/resultType"))
        }
        #expect(try peer.post(Messages.request("ping")).status == 200)
    }

    @Test("Errors of methods come with 200, messages that are none with 400")
    func errors() throws {
        let peer = try HTTPPeer()
        let unknown = try peer.post(Messages.request("no/such"))
        #expect(unknown.status == 200)
        #expect(try unknown.json.errorCode == -32601)
        let garbage = try peer.post("{no json")
        #expect(garbage.status == 400)
        #expect(try garbage.json.errorCode == -32700)
        #expect(try garbage.json.has("id"), "the id is null")
    }

    @Test("With sessions, one is minted, demanded and ended")
    func sessions() throws {
        let peer = try HTTPPeer(Settings(usesSessions: true))
        let session = try #require(try peer.post(Messages.legacyInitialize).headers["mcp-session-id"])
        #expect(session.utf8.count == 32)
        let headers = HTTPPeer.legacyHeaders + [Self.version]
        let ping = Messages.request("ping")
        #expect(try peer.post(ping, headers).status == 400)
        #expect(try peer.post(ping, headers + ["Mcp-Session-Id: nonsense"]).status == 404)
        #expect(try peer.post(ping, headers + ["Mcp-Session-Id: \(session)"]).status == 200)
        #expect(try peer.post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, headers).status == 400)
        #expect(try peer.post(Messages.legacyInitialize).headers["mcp-session-id"] != session)
        #expect(try peer.ask("DELETE", ["Mcp-Session-Id: \(session)"]).status == 204)
        #expect(try peer.post(ping, headers + ["Mcp-Session-Id: \(session)"]).status == 404)
        #expect(try peer.ask("DELETE", ["Mcp-Session-Id: \(session)"]).status == 404)
    }

    @Test("A session has one stream, which ends with it")
    func stream() throws {
        let loop = EmbeddedEventLoop()
        var settings = Settings(usesSessions: true)
        settings.misbehaviour.floodPerSecond = 100
        let service = HTTPService(settings: settings, loop: loop)
        let poster = try HTTPPeer(loop: loop, service: service)
        let listener = try HTTPPeer(loop: loop, service: service)
        let session = try #require(try poster.post(Messages.legacyInitialize).headers["mcp-session-id"])
        let headers = ["accept: text/event-stream", "Mcp-Session-Id: \(session)"]
        let opening = try listener.ask("GET", headers)
        #expect(opening.status == 200)
        #expect(opening.isStream)
        #expect(try poster.ask("GET", headers).status == 409)
        loop.advanceTime(by: .milliseconds(50))
        #expect(try listener.received()?.events.last?.text("method") == "notifications/message")
        #expect(try poster.ask("DELETE", headers).status == 204)
        #expect(try listener.received()?.isComplete == true)
    }

    @Test("Without sessions, GET and DELETE get 405", arguments: ["GET", "DELETE"])
    func methods(method: String) throws {
        let answer = try HTTPPeer().ask(method, ["accept: text/event-stream"])
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "POST")
    }

    @Test("A call is cancelled by a notification of its session, not by one of another")
    func cancellation() throws {
        let loop = EmbeddedEventLoop()
        let service = HTTPService(settings: Settings(usesSessions: true), loop: loop)
        let (caller, canceller) = (try HTTPPeer(loop: loop, service: service), try HTTPPeer(loop: loop, service: service))
        let sessions = try (0..<2).map { _ in try #require(try caller.post(Messages.legacyInitialize).headers["mcp-session-id"]) }
        let headers = sessions.map { HTTPPeer.legacyHeaders + ["Mcp-Session-Id: \($0)"] }
        try caller.send("POST", headers[0], body: Messages.call("sleep", #""ms":1000"#, id: "5"))
        #expect(try canceller.post(Messages.cancel(id: "5"), headers[1]).status == 202)
        #expect(try caller.received() == nil)
        #expect(try canceller.post(Messages.cancel(id: "5"), headers[0]).status == 202)
        #expect(try caller.received()?.json.errorCode == 0)
    }

    @Test("Without sessions, an id that two clients use is cancelled for neither")
    func ambiguousCancellation() throws {
        let loop = EmbeddedEventLoop()
        let service = HTTPService(settings: Settings(), loop: loop)
        let peers = try (0..<3).map { _ in try HTTPPeer(loop: loop, service: service) }
        for peer in peers[..<2] {
            try peer.send("POST", HTTPPeer.legacyHeaders, body: Messages.call("sleep", #""ms":1000"#, id: "5"))
        }
        #expect(try peers[2].post(Messages.cancel(id: "5")).status == 202)
        loop.advanceTime(by: .seconds(1))
        for peer in peers[..<2] { #expect(try peer.received()?.json.answer == "slept 1000 ms") }
    }

    @Test("When the connection closes, its call goes on")
    func disconnect() throws {
        let record = try RecordFile()
        let peer = try HTTPPeer(Settings(recordPath: record.path))
        try peer.send("POST", HTTPPeer.legacyHeaders, body: Messages.call("record_readonly", #""id":"a","ms":10"#))
        let loop = peer.channel.embeddedEventLoop
        try peer.channel.close().wait()
        loop.advanceTime(by: .milliseconds(10))
        #expect(try record.events() == ["a start", "a end"])
    }

    @Test("A server that speaks only this era refuses the modern probe with 400 and no modern error")
    func legacyOnly() throws {
        let peer = try HTTPPeer(Settings(era: .legacy))
        let answer = try peer.modern("server/discover")
        #expect(answer.status == 400)
        #expect(try answer.json.errorCode == -32600)
        #expect(try peer.post(Messages.legacyInitialize).status == 200)
    }
}
