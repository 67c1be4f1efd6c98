import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import MCPStoreProtocol

@Suite(.timeLimit(.minutes(5))) struct UnreachableTests {
    /// The error with which one request to the URL ends.
    private func failure(_ url: String, options: HTTPTransportOptions = HTTPTransportOptions(), bodyBytes: Int = 0) async throws
        -> MCPError
    {
        let delegate = RecordingDelegate()
        let transport = try HTTPTransport.connect(
            HTTPServer(url: url, kind: .streamable),
            options: options,
            delegate: delegate,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            limits: SessionLimits(),
            logger: Logger(label: "test")
        )
        let padding = String(repeating: " ", count: bodyBytes)
        let body = ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"method":"a"}"# + padding)
        transport.send(OutboundMessage(body: body, kind: .request(id: 1, method: "a", name: nil)))
        let error = try await delegate.events.next().failure
        transport.close(reason: MCPError(.closed, "the test is over"))
        _ = try await delegate.events.next()
        return try #require(error)
    }

    @Test func `a refused connection is told at once and in words`() async throws {
        // Bound, so that nobody else gets the port, but not listening.
        let bound = try BoundPort()
        let port = bound.port
        let error = try await self.failure("http://127.0.0.1:\(port)/mcp?key=s3cr3t")
        #expect(error.code == .unreachable && !error.requestWasWritten)
        #expect(error.message.contains("http://127.0.0.1:\(port) refused the connection"))
        #expect(!error.description.contains("s3cr3t"))
        bound.close()
    }

    @Test func `an unknown host is told as such`() async throws {
        let error = try await self.failure("http://no-such-host.invalid/mcp")
        #expect(error.code == .unreachable && !error.requestWasWritten)
        #expect(error.message.contains("no-such-host.invalid is not known"))
    }

    @Test func `TLS with a server that speaks none fails as TLS`() async throws {
        let server = try await ScriptedHTTPServer.start { ScriptedStep.answer($0) }
        let error = try await self.failure("https://127.0.0.1:\(server.port)/mcp")
        #expect(error.code == .unreachable && !error.requestWasWritten)
        #expect(error.message.contains("TLS"))
        try await server.stop()
    }

    @Test func `a certificate is checked against the authorities that are trusted`() async throws {
        let certificate = try SelfSignedCertificate()
        let server = try await ScriptedHTTPServer.start(tls: certificate.serverContext) {
            ScriptedStep.whole(.forbidden, nil, "\($0.uri)")
        }
        var options = HTTPTransportOptions()
        let untrusted = try await self.failure("https://localhost:\(server.port)/mcp", options: options)
        #expect(untrusted.code == .unreachable && untrusted.message.contains("TLS") && !untrusted.requestWasWritten)
        #expect(server.requests.waiting.isEmpty)
        options.certificateAuthorities = certificate.path
        let trusted = try await self.failure("https://localhost:\(server.port)/mcp", options: options)
        #expect(trusted.httpStatus == 403)
        let misnamed = try await self.failure("https://127.0.0.1:\(server.port)/mcp", options: options)
        #expect(misnamed.code == .unreachable && misnamed.message.contains("TLS"))
        try await server.stop()
        try certificate.remove()
    }

    @Test func `a server that refuses before it has read the whole request is understood`() async throws {
        let refusal = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 9\r\ncontent-type: text/plain\r\n\r\ntoo large"
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.writeAndFlush(ByteBuffer(string: refusal), promise: nil)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let error = try await self.failure("http://127.0.0.1:\(port)/mcp", bodyBytes: 16 << 20)
        // The answer may also overtake the request altogether, which HTTP does not allow.
        #expect(error.httpStatus == 413 || error.code == .closed || error.code == .protocolViolation, "\(error)")
        try await server.close().get()
    }

    @Test func `a server that accepts and speaks no HTTP is told as such`() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.writeAndFlush(ByteBuffer(string: "SSH-2.0-OpenSSH_9.2\r\n"), promise: nil)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let error = try await self.failure("http://127.0.0.1:\(port)/mcp")
        #expect(error.code == .protocolViolation || error.code == .closed)
        #expect(error.message.contains("http://127.0.0.1:\(port)"))
        try await server.close().get()
    }

    @Test func `a literal that is not allowed is refused before anything is connected`() throws {
        var options = HTTPTransportOptions()
        options.addresses.allowPrivate = false
        let error = #expect(throws: MCPError.self) {
            try HTTPTransport.connect(
                HTTPServer(url: "http://169.254.169.254/latest"),
                options: options,
                delegate: RecordingDelegate(),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                limits: SessionLimits(),
                logger: Logger(label: "test")
            )
        }
        #expect(error?.code == .forbiddenAddress)
    }

    @Test func `a name that leads to an address that is not allowed gets no request`() async throws {
        let server = try await ScriptedHTTPServer.start { ScriptedStep.answer($0) }
        var options = HTTPTransportOptions()
        options.addresses.allowPrivate = false
        for _ in 1...3 {
            let error = try await self.failure("http://localhost:\(server.port)/mcp", options: options)
            #expect(error.code == .forbiddenAddress && !error.requestWasWritten)
        }
        #expect(server.requests.waiting.isEmpty)
        try await server.stop()
    }

    @Test func `a header that HTTP cannot carry is refused without its value`() throws {
        let error = #expect(throws: MCPError.self) {
            try HTTPTransport.connect(
                HTTPServer(url: "http://h/", headers: [HTTPHeader(name: "X-Key", value: "s3cr3t\n")]),
                delegate: RecordingDelegate(),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                limits: SessionLimits(),
                logger: Logger(label: "test")
            )
        }
        #expect(error?.message.contains("X-Key") == true)
        #expect(error?.description.contains("s3cr3t") == false)
    }
}
