import Logging
import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreProtocol

/// A transport, the scripted server that it talks to, and what it told its session.
struct TransportFixture: Sendable {
    let server: ScriptedHTTPServer
    let transport: HTTPTransport
    let delegate: RecordingDelegate

    /// Runs a test with a fresh server and transport, and closes both.
    static func with(
        kind: HTTPServer.Kind = .streamable,
        path: String = "/mcp",
        headers: [HTTPHeader] = [],
        maximumMessageBytes: Int = 1 << 20,
        options: (inout HTTPTransportOptions) -> Void = { _ in },
        script: @escaping ScriptedHTTPServer.Script,
        _ body: (TransportFixture) async throws -> Void
    ) async throws {
        let server = try await ScriptedHTTPServer.start(script)
        let delegate = RecordingDelegate()
        var limits = SessionLimits()
        limits.maximumMessageBytes = maximumMessageBytes
        var settings = HTTPTransportOptions()
        options(&settings)
        let transport = try HTTPTransport.connect(
            HTTPServer(url: "http://127.0.0.1:\(server.port)\(path)", headers: headers, kind: kind),
            options: settings,
            delegate: delegate,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            limits: limits,
            logger: Logger(label: "test")
        )
        let fixture = TransportFixture(server: server, transport: transport, delegate: delegate)
        do {
            try await body(fixture)
        } catch {
            transport.close(reason: MCPError(.closed, "the test failed"))
            try await server.stop()
            throw error
        }
        transport.close(reason: MCPError(.closed, "the test is over"))
        try await server.stop()
    }

    /// Sends a request.
    func request(
        _ id: Int,
        _ method: String,
        name: String? = nil,
        headers: [HTTPHeader] = [],
        onWritten: (@Sendable () -> Void)? = nil
    ) {
        let body = ByteBuffer(string: #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{}}"#)
        let kind = OutboundMessage.Kind.request(id: id, method: method, name: name)
        self.transport.send(OutboundMessage(body: body, kind: kind, headers: headers, onWritten: onWritten))
    }

    /// Sends a notification.
    func notify(_ method: String) {
        let body = ByteBuffer(string: #"{"jsonrpc":"2.0","method":"\#(method)"}"#)
        self.transport.send(OutboundMessage(body: body, kind: .notification(method: method)))
    }

    /// Opens a legacy session as a session would: `initialize`, its answer, the revision, `notifications/initialized`.
    func openLegacySession() async throws {
        self.request(1, "initialize")
        _ = try #require(try await self.next().message)
        _ = try await self.server.requests.next()
        self.transport.negotiated(.latestLegacy)
        self.notify("notifications/initialized")
        let initialized = try await self.server.requests.next()
        #expect(initialized.rpcMethod == "notifications/initialized")
    }

    /// Expects that the transport hands over this message next.
    func expectMessage(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let event = try await self.next()
        #expect(event.message == text, "\(event)", sourceLocation: sourceLocation)
    }

    /// What the transport told next.
    func next() async throws -> RecordingDelegate.Event {
        try await self.delegate.events.next()
    }

    /// The request that came to the server next.
    func nextRequest() async throws -> ScriptedRequest {
        try await self.server.requests.next()
    }
}
