import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreProtocol

/// A transport without a wire: it notes what it was told, and answers as the test says.
private final class FakeTransport: MCPTransport {
    let eventLoop: any EventLoop
    let calls = NIOLockedValueBox<[String]>([])
    private let delegate: any MCPTransportDelegate
    private let answer: @Sendable (_ method: String, _ id: Int) -> String?

    init(
        _ eventLoop: any EventLoop,
        delegate: any MCPTransportDelegate,
        answer: @escaping @Sendable (_ method: String, _ id: Int) -> String?
    ) {
        self.eventLoop = eventLoop
        self.delegate = delegate
        self.answer = answer
    }

    func send(_ message: OutboundMessage) {
        self.eventLoop.assertInEventLoop()
        switch message.kind {
        case .request(let id, let method, let name):
            self.note(
                "request \(method)\(name.map { " " + $0 } ?? "")\(message.headers.map { " \($0.name): \($0.value)" }.joined())"
            )
            message.onWritten?()
            self.eventLoop.execute {
                if let answer = self.answer(method, id) {
                    self.delegate.received(ByteBuffer(string: answer))
                } else if method == "fail" {
                    self.delegate.requestFailed(
                        id: id,
                        error: MCPError(.httpStatus, "502", requestWasWritten: true, httpStatus: 502)
                    )
                }
            }
        case .notification(let method): self.note("notification \(method)")
        case .response: self.note("response \(String(buffer: message.body))")
        }
    }

    func cancel(requestID: Int) { self.note("cancel") }

    func negotiated(_ revision: ProtocolRevision) { self.note("negotiated \(revision)") }

    func close(reason: MCPError) {
        self.note("close")
        self.eventLoop.execute { self.delegate.transportClosed(reason) }
    }

    private func note(_ call: String) { self.calls.withLockedValue { $0.append(call) } }
}

@Suite(.timeLimit(.minutes(5))) struct SessionEngineTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func engine(
        events: EventLog = EventLog(),
        _ answer: @escaping @Sendable (_ method: String, _ id: Int) -> String?
    ) -> (SessionEngine, FakeTransport) {
        let engine = SessionEngine(
            configuration: ServerConfiguration(transport: .http(HTTPServer(url: "http://localhost/mcp"))),
            eventLoop: self.loop,
            clientInfo: ClientInfo(name: "tests", version: "1"),
            limits: SessionLimits(),
            logger: Logger(label: "tests"),
            onEvent: events.append
        )
        return (engine, FakeTransport(self.loop, delegate: engine, answer: answer))
    }

    @Sendable private static func modern(_ method: String, _ id: Int) -> String? {
        guard method == "server/discover" else { return nil }
        return "{\"id\":\(id),\"result\":{\"supportedVersions\":[\"2026-07-28\"]}}"
    }

    private static func legacy(_ version: String) -> @Sendable (_ method: String, _ id: Int) -> String? {
        { method, id in
            switch method {
            case "server/discover": "{\"id\":\(id),\"error\":{\"code\":-32601}}"
            case "initialize": "{\"id\":\(id),\"result\":{\"protocolVersion\":\"\(version)\"}}"
            default: nil
            }
        }
    }

    private func send(_ engine: SessionEngine, _ request: MCPRequest) -> (Int, EventLoopFuture<MCPResponse>) {
        let promise = self.loop.makePromise(of: MCPResponse.self)
        let id = engine.nextID()
        engine.send(id, request) { promise.succeed($0) }
        return (id, promise.futureResult)
    }

    private func close(_ engine: SessionEngine) async throws {
        engine.close(MCPError(.closed, "over"))
        try await engine.closed.get()
    }

    @Test func `over HTTP a modern request is cancelled by its stream`() async throws {
        let (engine, transport) = self.engine(Self.modern)
        let negotiated = try await engine.open(transport, deadline: .distantFuture).get()
        #expect(negotiated.revision == .latest)
        let header = HTTPHeader(name: "Mcp-Param-R", value: "v")
        let (id, response) = self.send(engine, MCPRequest(method: "tools/call", name: "n", parameterHeaders: [header]))
        engine.cancel(id, reason: "test")
        let error = try #require(await response.get().failure)
        #expect(error.code == .cancelled)
        #expect(error.requestWasWritten)
        try await self.close(engine)
        #expect(
            transport.calls.withLockedValue { $0 } == [
                "request server/discover MCP-Protocol-Version: 2026-07-28", "negotiated 2026-07-28",
                "request tools/call n Mcp-Param-R: v", "cancel", "close",
            ]
        )
    }

    @Test func `over HTTP a legacy request is cancelled by a notification as well`() async throws {
        let (engine, transport) = self.engine(Self.legacy("2025-06-18"))
        _ = try await engine.open(transport, deadline: .distantFuture).get()
        let (_, response) = self.send(engine, MCPRequest(method: "tools/call", timeout: .milliseconds(1)))
        #expect(try await response.get().failure?.code == .timedOut)
        try await self.close(engine)
        #expect(
            transport.calls.withLockedValue { $0 } == [
                "request server/discover MCP-Protocol-Version: 2026-07-28", "request initialize", "negotiated 2025-06-18",
                "notification notifications/initialized", "request tools/call", "notification notifications/cancelled", "cancel",
                "close",
            ]
        )
    }

    @Test func `a request that the transport failed keeps its status, and the session lives`() async throws {
        let (engine, transport) = self.engine(Self.modern)
        _ = try await engine.open(transport, deadline: .distantFuture).get()
        for _ in 0..<2 {
            let (_, response) = self.send(engine, MCPRequest(method: "fail"))
            let error = try #require(await response.get().failure)
            #expect((error.code, error.httpStatus, error.requestWasWritten) == (.httpStatus, 502, true))
        }
        try await self.close(engine)
    }

    @Test(arguments: [("2025-03-26", true), ("2025-06-18", false)])
    func `a batch of answers is taken from the one revision that has them`(_ version: String, _ isTaken: Bool) async throws {
        let legacy = Self.legacy(version)
        let (engine, transport) = self.engine { method, id in
            switch method {
            case "first": nil
            case "second": "[{\"id\":\(id - 1),\"result\":1},7,{\"id\":\(id),\"result\":2}]"
            default: legacy(method, id)
            }
        }
        _ = try await engine.open(transport, deadline: .distantFuture).get()
        let (_, first) = self.send(engine, MCPRequest(method: "first", timeout: .milliseconds(isTaken ? 60_000 : 50)))
        let (_, second) = self.send(engine, MCPRequest(method: "second", timeout: .milliseconds(isTaken ? 60_000 : 50)))
        #expect(try await first.get().resultText == (isTaken ? "1" : nil))
        #expect(try await second.get().resultText == (isTaken ? "2" : nil))
        try await self.close(engine)
    }

    @Test func `a transport that ends before it is opened fails the opening`() async throws {
        let events = EventLog()
        let (engine, transport) = self.engine(events: events) { _, _ in nil }
        try await self.loop.submit { engine.transportClosed(MCPError(.closed, "gone")) }.get()
        let opening = engine.open(transport, deadline: .distantFuture)
        let error = await #expect(throws: MCPError.self) { try await opening.get() }
        #expect(error?.code == .startFailed)
        let reason = await events.first { if case .closed(let reason) = $0 { reason } else { nil } }
        #expect(reason?.code == .startFailed)
    }

    @Test func `closing again and again, from anywhere, ends everything once`() async throws {
        let (engine, transport) = self.engine(Self.modern)
        _ = try await engine.open(transport, deadline: .distantFuture).get()
        let responses = (0..<10).map { _ in self.send(engine, MCPRequest(method: "hang")).1 }
        for reason in ["first", "second"] { engine.close(MCPError(.closed, reason)) }
        try await engine.closed.get()
        try await self.loop.submit { engine.transportClosed(MCPError(.closed, "third")) }.get()
        // A promise that is completed twice would crash.
        for response in responses { #expect(try await response.get().failure?.message == "first") }
        let (_, late) = self.send(engine, MCPRequest(method: "late"))
        #expect(try await late.get().failure?.requestWasWritten == false)
    }
}
