import TestSupport
import Testing

@Suite("Servers in Python", .timeLimit(.minutes(15)))
struct PeerTests {
    private static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"#
        + #""clientInfo":{"name":"test","version":"1"}}}"#

    @Test("fastmcp 4 answers a modern request")
    func modern() async throws {
        guard let server = try await PeerServer.fastMCP() else { return }
        let headers = HTTPPeer.modernHeaders("tools/call", name: "add")
        let answer = try await RawHTTP.post(Messages.modernCall("add", #""a":20,"b":22"#), to: server.url, headers: headers)
        #expect(answer.status == 200)
        #expect(answer.body.contains("42"))
        await server.stop()
        #expect(!server.process.isRunning)
    }

    @Test("mcp 1.30 answers the handshake with a session")
    func legacy() async throws {
        guard let server = try await PeerServer.legacyHTTP() else { return }
        let answer = try await RawHTTP.post(Self.initialize, to: server.url)
        #expect(answer.status == 200)
        #expect(answer.headers["mcp-session-id"] != nil)
        #expect(answer.body.contains("2025-11-25"))
        await server.stop()
    }

    @Test("mcp 1.30 serves the SSE transport of 2024-11-05")
    func sse() async throws {
        guard let server = try await PeerServer.legacySSE() else { return }
        #expect(server.url.hasSuffix("/sse"))
        #expect(try await RawHTTP.post("", to: server.url).status == 405, "it wants GET")
        await server.stop()
    }

    @Test("mcp 1.30 over stdio answers the handshake")
    func stdio() async throws {
        guard let command = try await PeerServer.legacyStdioCommand() else { return }
        let process = try ChildProcess.start(command, environment: ["PYTHONDONTWRITEBYTECODE": "1"], hasInput: true)
        try process.write(Self.initialize + "\n")
        let answer = try await JSONText(process.line(startingWith: "{\"jsonrpc\""))
        #expect(answer.text("result/protocolVersion") == "2025-11-25")
        await process.stop()
    }

    @Test("A server that fails to start is reported with what it printed")
    func failure() async throws {
        let error = await #expect(throws: PeerError.self) {
            try await PeerServer.start(["/bin/sh", "-c", "echo out of luck; exit 1"])
        }
        #expect(error?.description.contains("out of luck") == true)
    }
}
