import NIOCore
import NIOHTTP1
import Testing

@testable import MCPStoreProtocol

@Suite struct RequestHeadersTests {
    private func message(_ kind: OutboundMessage.Kind, _ headers: [HTTPHeader] = []) -> OutboundMessage {
        OutboundMessage(body: ByteBuffer(), kind: kind, headers: headers)
    }

    @Test(
        "values that a header cannot carry as they are go in base64",
        arguments: [
            ("get_weather", "get_weather"), ("two words", "two words"), ("", ""),
            ("Wetter für Köln", "=?base64?V2V0dGVyIGbDvHIgS8O2bG4=?="),
            (" a", "=?base64?IGE=?="), ("a ", "=?base64?YSA=?="), ("a\r\nX: y", "=?base64?YQ0KWDogeQ==?="),
            ("abc\u{7F}", "=?base64?YWJjfw==?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ]
    )
    func encoding(value: String, expected: String) {
        #expect(MCPHeaderValue.encode(value) == expected)
    }

    @Test func `a modern request names its revision, method and tool`() throws {
        let headers = try RequestHeaders([HTTPHeader(name: "X-Key", value: "k")], authorization: nil).posting(
            self.message(.request(id: 1, method: "tools/call", name: "ü"), [HTTPHeader(name: "Mcp-Param-Region", value: "eu")]),
            revision: .latest,
            sessionID: nil
        )
        #expect(headers["mcp-protocol-version"] == ["2026-07-28"])
        #expect(headers["mcp-method"] == ["tools/call"])
        #expect(headers["mcp-name"] == ["=?base64?w7w=?="])
        #expect(headers["mcp-param-region"] == ["eu"])
        #expect(headers["x-key"] == ["k"])
        #expect(headers["accept"] == ["application/json, text/event-stream"])
        #expect(headers["content-type"] == ["application/json"])
        #expect(headers["accept-encoding"] == ["identity"])
        #expect(headers["mcp-session-id"].isEmpty)
    }

    @Test func `the probe is sent as of the modern era, the legacy opener without a revision`() throws {
        let headers = try RequestHeaders([], authorization: nil)
        let probe = headers.posting(
            self.message(.request(id: 1, method: "server/discover", name: nil)),
            revision: nil,
            sessionID: nil
        )
        #expect(probe["mcp-protocol-version"] == ["2026-07-28"])
        #expect(probe["mcp-method"] == ["server/discover"])
        let opener = headers.posting(
            self.message(.request(id: 2, method: "initialize", name: nil)),
            revision: nil,
            sessionID: nil
        )
        #expect(opener["mcp-protocol-version"].isEmpty)
        #expect(opener["mcp-method"].isEmpty)
    }

    @Test func `a legacy request carries session and revision and nothing modern`() throws {
        let headers = try RequestHeaders([], authorization: nil).posting(
            self.message(.request(id: 1, method: "tools/call", name: "t")),
            revision: .v20250618,
            sessionID: "s1"
        )
        #expect(headers["mcp-session-id"] == ["s1"])
        #expect(headers["mcp-protocol-version"] == ["2025-06-18"])
        #expect(headers["mcp-method"].isEmpty)
        #expect(headers["mcp-name"].isEmpty)
    }

    @Test func `configured fields of the protocol and the connection are left out`() throws {
        let configured = ["Accept", "content-length", "Mcp-Session-Id", "Transfer-Encoding", "Connection"]
        let headers = try RequestHeaders(configured.map { HTTPHeader(name: $0, value: "evil") }, authorization: nil)
            .posting(self.message(.notification(method: "a")), revision: .latest, sessionID: nil)
        #expect(!headers.contains { $0.value == "evil" })
    }

    @Test(
        "a field that HTTP cannot carry is named, its value is not",
        arguments: [("Authorization", "Bearer s3cr3t\n"), ("X\r\nY", "s3cr3t")]
    )
    func bad(name: String, value: String) throws {
        let error = #expect(throws: MCPError.self) {
            try RequestHeaders([HTTPHeader(name: name, value: value)], authorization: nil)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error.map { String(describing: $0).contains("s3cr3t") } == false)
    }

    @Test func `a configured Authorization wins over the URL's`() throws {
        let headers = try RequestHeaders([HTTPHeader(name: "authorization", value: "Bearer t")], authorization: "Basic x")
            .ending(revision: nil, sessionID: nil)
        #expect(headers["authorization"] == ["Bearer t"])
    }

    @Test func `secrets are taken out of what the server says`() throws {
        let headers = try RequestHeaders([HTTPHeader(name: "Authorization", value: "Bearer s3cr3t-token")], authorization: nil)
        #expect(headers.redact("bad s3cr3t-token, Bearer s3cr3t-token!") == "bad [redacted], [redacted]!")
    }

    @Test(
        "a session id is visible ASCII of some length",
        arguments: [("a-1", true), ("", false), ("a b", false), ("é", false), ("a\u{7F}", false)]
    )
    func sessionID(value: String, expected: Bool) {
        #expect(RequestHeaders.isSessionID(value) == expected)
        #expect(!RequestHeaders.isSessionID(String(repeating: "a", count: 1025)))
    }

    @Test(
        "an answer is told from what else a server may send",
        arguments: [
            (#"{"jsonrpc":"2.0","id":7,"result":{}}"#, true), (#"{"result":{"id":1,"method":"x"},"id":7}"#, true),
            (#"{"id":7,"error":{"code":-32601,"message":""}}"#, true), (#"{"id":7,"method":"ping"}"#, false),
            (#"{"id":"7","result":{}}"#, false), (#"{"id":null,"error":{}}"#, false), (#"{"id":8,"result":{}}"#, false),
            (#"{"id":7,"result":{}"#, false), ("[]", false), ("", false), ("<html>", false),
        ]
    )
    func peeking(message: String, expected: Bool) {
        #expect(AnswerPeek(ByteBuffer(string: message)).answers(7) == expected)
    }

    @Test(
        "the id of an answer is found in its beginning",
        arguments: [
            (#"{"jsonrpc":"2.0","id":7,"result":{"a":"#, 7), (#"{"id" : 7, "result":{"#, 7),
            (#"{"jsonrpc":"2.0","result":{"id":7"#, nil),
            (#"{"id":7,"method":"ping","params":{"#, nil), (#"{"id":"7","result":{"#, nil), ("[", nil), ("", nil),
        ]
    )
    func prefixes(message: String, expected: Int?) {
        #expect(AnswerPeek(prefix: ByteBuffer(string: message)).id == expected)
    }
}
