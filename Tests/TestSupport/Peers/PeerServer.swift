/// An MCP server over HTTP in a process of its own, on a free port. It never outlives the test process.
package struct PeerServer: Sendable {
    /// The address of its endpoint, such as `http://127.0.0.1:40123/mcp`.
    package let url: String
    package let process: ChildProcess

    /// Starts `command`, which prints `listening on URL` once it accepts connections.
    /// - Throws: ``PeerError``, with what the process printed, when that does not come within `deadline`.
    package static func start(
        _ command: [String],
        environment: [String: String] = [:],
        within deadline: Duration = .seconds(60)
    ) async throws -> PeerServer {
        let process = try ChildProcess.start(command, environment: environment)
        do {
            let line = try await process.line(startingWith: Self.announcement, within: deadline)
            return PeerServer(url: String(line.dropFirst(Self.announcement.count)), process: process)
        } catch {
            await process.stop()
            throw error
        }
    }

    /// A server of `fastmcp` 4 (modern and legacy) with the tools `echo {text}` and `add {a, b}`; nil, with a printed
    /// reason, where there is no package index.
    package static func fastMCP() async throws -> PeerServer? {
        try await self.python("modern_server.py", in: .modern)
    }

    /// A server of `mcp` 1.30 (legacy only, with sessions) with the same tools, over Streamable HTTP.
    package static func legacyHTTP() async throws -> PeerServer? {
        try await self.python("legacy_server.py", "streamable-http", in: .legacy)
    }

    /// A server of `mcp` 1.30 with the same tools, over the SSE transport of 2024-11-05.
    package static func legacySSE() async throws -> PeerServer? {
        try await self.python("legacy_server.py", "sse", in: .legacy)
    }

    /// The command of a server of `mcp` 1.30 with the same tools over stdio; nil where there is no package index.
    package static func legacyStdioCommand() async throws -> [String]? {
        guard let python = try await PythonPeers.program("python", in: .legacy) else { return nil }
        return [python, "\(PythonPeers.scripts)/legacy_server.py", "stdio"]
    }

    /// Our own `toolserver --http 0` with `arguments`.
    package static func toolServer(_ arguments: String...) async throws -> PeerServer {
        try await self.start([BuiltProduct.path(of: "toolserver"), "--http", "0"] + arguments)
    }

    /// Ends the server and waits until it is gone.
    package func stop() async {
        await self.process.stop()
    }

    private static let announcement = "listening on "

    private static func python(
        _ script: String,
        _ arguments: String...,
        in environment: PythonPeers.Environment
    ) async throws -> PeerServer? {
        guard let python = try await PythonPeers.program("python", in: environment) else { return nil }
        return try await self.start(
            [python, "\(PythonPeers.scripts)/\(script)"] + arguments,
            environment: ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"]
        )
    }
}
