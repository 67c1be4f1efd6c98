import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreProtocol

/// A small MCP server in Python, written for one test: a prelude that speaks one era, and the test's own part.
///
/// The test's part may define `call(message, arguments)`, which answers `tools/call` and returns the result or `None`.
struct ScriptedServer {
    enum Era: String {
        case modern, legacy
        /// Answers nothing by itself; the script's body is all there is.
        case none
    }

    let directory: URL

    init(era: Era = .modern, capabilities: String = #"{"tools": {}}"#, _ body: String) throws {
        self.directory = FileManager.default.temporaryDirectory.appending(path: "mcpstore-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let script = """
            import json, os, signal, subprocess, sys, threading, time
            def raw(text):
                sys.stdout.write(text)
                sys.stdout.flush()
            def send(message):
                raw(json.dumps(message) + "\\n")
            def answer(message, result):
                send({"jsonrpc": "2.0", "id": message["id"], "result": result})
            def refuse(message, code, text, data=None):
                send({"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text, "data": data}})
            def text(value, **more):
                return {"content": [{"type": "text", "text": value}], **more}
            era = "\(era.rawValue)"
            capabilities = json.loads('''\(capabilities)''')
            def call(message, arguments):
                return text(json.dumps(message["params"], sort_keys=True))
            def other(message):
                if "id" in message and "method" in message: refuse(message, -32601, "unknown")
            def serve():
                for line in sys.stdin:
                    message = json.loads(line)
                    method = message.get("method")
                    if method == "server/discover" and era == "modern":
                        answer(message, {"resultType": "complete", "supportedVersions": ["2026-07-28"],
                            "capabilities": capabilities, "instructions": "be kind",
                            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "scripted", "version": "1"}}})
                    elif method == "initialize" and era == "legacy":
                        answer(message, {"protocolVersion": "2025-11-25", "capabilities": capabilities,
                            "serverInfo": {"name": "scripted", "version": "1"}})
                    elif method == "notifications/initialized": pass
                    elif method == "ping" and era == "legacy": answer(message, {})
                    elif method == "tools/call":
                        result = call(message, message["params"].get("arguments", {}))
                        if result is not None: answer(message, result)
                    else: other(message)
            \(body)
            if era != "none": serve()
            """
        try script.write(to: self.directory.appending(path: "server.py"), atomically: true, encoding: .utf8)
    }

    func remove() {
        do {
            try FileManager.default.removeItem(at: self.directory)
        } catch {
            Issue.record("cannot remove \(self.directory.path): \(error)")
        }
    }

    func configuration(_ change: (inout StdioServer) -> Void = { _ in }) -> ServerConfiguration {
        var server = StdioServer(command: "python3", arguments: ["-u", self.directory.appending(path: "server.py").path])
        change(&server)
        return ServerConfiguration(transport: .stdio(server))
    }
}

/// What a session told its owner.
final class EventLog: Sendable {
    private let events: AsyncStream<SessionEvent>
    private let continuation: AsyncStream<SessionEvent>.Continuation

    init() {
        (self.events, self.continuation) = AsyncStream.makeStream()
    }

    @Sendable func append(_ event: SessionEvent) {
        self.continuation.yield(event)
        if case .closed = event { self.continuation.finish() }
    }

    /// Waits for an event. Takes all before it.
    func first<Value>(_ match: (SessionEvent) -> Value?) async -> Value? {
        for await event in self.events {
            if let value = match(event) { return value }
        }
        return nil
    }
}

extension MCPSession {
    static func open(
        _ configuration: ServerConfiguration,
        limits: SessionLimits = .init(),
        events: EventLog = EventLog()
    ) async throws(MCPError) -> MCPSession {
        try await self.open(
            configuration,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            clientInfo: ClientInfo(name: "tests", version: "1"),
            limits: limits,
            logger: Logger(label: "tests"),
            onEvent: events.append
        )
    }

    func callTool(_ arguments: String = "{}", timeout: Duration = .seconds(30)) async -> MCPResponse {
        let params = ByteBuffer(string: "{\"name\":\"t\",\"arguments\":\(arguments)}")
        return await self.request(MCPRequest(method: "tools/call", params: params, name: "t", timeout: timeout))
    }
}

extension MCPResponse {
    var resultText: String? {
        guard case .result(let result, _, _) = self else { return nil }
        return String(buffer: result)
    }

    var failure: MCPError? {
        guard case .failed(let error) = self else { return nil }
        return error
    }
}

/// Opens a session to a scripted server, and closes it and removes the script whatever happens.
func withSession<Value>(
    _ server: ScriptedServer,
    limits: SessionLimits = .init(),
    events: EventLog = EventLog(),
    _ change: (inout StdioServer) -> Void = { _ in },
    _ body: (MCPSession) async throws -> Value
) async throws -> Value {
    defer { server.remove() }
    let session = try await MCPSession.open(server.configuration(change), limits: limits, events: events)
    do {
        let value = try await body(session)
        await session.close()
        return value
    } catch {
        await session.close()
        throw error
    }
}
