import MCPStoreProtocol
import NIOCore
import Testing

@testable import MCPStoreGateway

struct StdioConversationTests {
    private func request(_ method: String, _ params: String = "") throws -> ClientRequest {
        try ClientRequest(id: ByteBuffer(string: "1"), method: method, params: ByteBuffer(string: "{\(params)}"))
    }

    /// What a request is answered with: the era, or the code of an error.
    private func answer(_ conversation: inout StdioConversation, _ method: String, _ params: String = "") throws -> String {
        let request = try request(method, params)
        do throws(ProtocolError) { return "\(try conversation.era(of: request))" } catch { return "\(error.code)" }
    }

    @Test func `The first request decides for good`() throws {
        let opener = #""protocolVersion":"2025-11-25""#
        var modern = StdioConversation()
        let first = [
            try answer(&modern, "server/discover", modernMeta), try answer(&modern, "initialize", opener),
            try answer(&modern, "tools/list"),
        ]
        #expect(first == ["modern", "-32022", "-32602"])
        var legacy = StdioConversation()
        let second = [
            try answer(&legacy, "initialize", opener), try answer(&legacy, "tools/list"),
            try answer(&legacy, "tools/list", modernMeta),
        ]
        #expect(second == ["legacy", "legacy", "-32600"])
    }

    @Test func `A request that is refused decides nothing`() throws {
        var conversation = StdioConversation()
        let answers = [
            try answer(&conversation, "tools/list"), try answer(&conversation, "server/discover"),
            try answer(&conversation, "ping"),
        ]
        #expect(answers == ["-32600", "-32602", "legacy"])
        #expect(conversation.era == nil)
        let last = try answer(&conversation, "server/discover", modernMeta)
        #expect(last == "modern")
    }
}
