import NIOEmbedded
import Testing

@testable import ToolServer

@Suite("What HTTP refuses before MCP")
struct HTTPGateTests {
    private static let ping = Messages.request("ping")

    @Test("Hosts and origins other than this machine are refused")
    func origins() throws {
        let headers = HTTPPeer.legacyHeaders
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"] {
            #expect(try HTTPPeer().post(Self.ping, headers + ["host: \(host)"]).status == 421)
        }
        for origin in ["http://evil.example", "null", "file://", "http://localhost.evil.example"] {
            #expect(try HTTPPeer().post(Self.ping, headers + ["origin: \(origin)"]).status == 403)
        }
        for host in ["localhost", "LOCALHOST:8080", "[::1]:8080", "127.0.0.1"] {
            #expect(try HTTPPeer().post(Self.ping, headers + ["host: \(host)", "origin: https://localhost:3000"]).status == 200)
        }
    }

    @Test("Another path gets 404, a query is passed over")
    func path() throws {
        #expect(try HTTPPeer().ask("POST", path: "/other", HTTPPeer.legacyHeaders, body: Self.ping).status == 404)
        #expect(try HTTPPeer().ask("POST", path: "/mcp/", HTTPPeer.legacyHeaders, body: Self.ping).status == 404)
        #expect(try HTTPPeer().ask("POST", path: "/mcp?x=1", HTTPPeer.legacyHeaders, body: Self.ping).status == 200)
    }

    @Test("The client must take both kinds of answers and send JSON")
    func negotiation() throws {
        let json = "content-type: application/json"
        let both = "accept: application/json, text/event-stream"
        #expect(try HTTPPeer().post(Self.ping, [json]).status == 406)
        #expect(try HTTPPeer().post(Self.ping, [json, "accept: application/json"]).status == 406)
        #expect(try HTTPPeer().post(Self.ping, [json, "accept: text/event-stream"]).status == 406)
        #expect(try HTTPPeer().post(Self.ping, [json, "accept: */*"]).status == 200)
        #expect(try HTTPPeer().post(Self.ping, [json, "accept: text/*;q=0.5", "accept: Application/JSON;q=1"]).status == 200)
        #expect(try HTTPPeer().post(Self.ping, [both]).status == 415)
        #expect(try HTTPPeer().post(Self.ping, [both, "content-type: text/plain"]).status == 415)
        #expect(try HTTPPeer().post(Self.ping, [both, "content-type: application/json; charset=utf-8"]).status == 200)
    }

    @Test("A body that is too long gets 413, and the connection goes on")
    func size() throws {
        let peer = try HTTPPeer(Settings(maximumMessage: 100))
        #expect(try peer.post(Self.ping + String(repeating: " ", count: 100)).status == 413)
        #expect(try peer.post(Self.ping).status == 200)
    }

    @Test("The connection closes when the client asks for it")
    func close() throws {
        let peer = try HTTPPeer()
        let answer = try peer.post(Self.ping, HTTPPeer.legacyHeaders + ["connection: close"])
        #expect(answer.status == 200)
        #expect(!peer.channel.isActive)
    }
}
