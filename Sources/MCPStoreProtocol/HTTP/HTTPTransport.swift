import Logging
import NIOCore

/// MCP over HTTP: Streamable HTTP of both eras, and HTTP+SSE of 2024-11-05.
///
/// Nothing is connected before the first message is sent, except with HTTP+SSE, whose stream is opened at once. Connections are
/// shared by all transports of an event loop. Errors and logs name the server's origin only: never a header's value, nor the rest of
/// the URL.
package final class HTTPTransport: MCPTransport {
    package let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<HTTPTransportCore>

    private init(_ core: sending HTTPTransportCore, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.core = .makeBoxSendingValue(core, eventLoop: eventLoop)
    }

    /// Makes the transport.
    ///
    /// - Parameters:
    ///   - server: Where the server is, and how it wants to be talked to.
    ///   - delegate: Hears of everything; held until `transportClosed` was called.
    ///   - eventLoop: Where everything happens. Lives as long as the process, as do its connections.
    ///   - limits: ``SessionLimits/maximumMessageBytes`` bounds each answer while it comes.
    /// - Throws: ``MCPError``: ``MCPError/Code/invalidRequest`` for a URL or header that cannot be, and
    ///   ``MCPError/Code/forbiddenAddress`` for an address that is not allowed. The delegate is not called then.
    package static func connect(
        _ server: HTTPServer,
        options: HTTPTransportOptions = HTTPTransportOptions(),
        delegate: any MCPTransportDelegate,
        eventLoop: any EventLoop,
        limits: SessionLimits,
        logger: Logger
    ) throws(MCPError) -> HTTPTransport {
        let endpoint = try HTTPEndpoint(server.url)
        if options.addresses.allows(host: endpoint.origin.host) == false { throw HTTPFailure.forbidden(endpoint.origin) }
        let connection = HTTPConnection(
            eventLoop: eventLoop,
            client: HTTPClientRegistry.client(on: eventLoop, options: options),
            endpoint: endpoint,
            headers: try RequestHeaders(server.headers, authorization: endpoint.authorization),
            options: options,
            limits: limits,
            logger: logger
        )
        let transport = HTTPTransport(HTTPTransportCore(connection, delegate: delegate), eventLoop: eventLoop)
        let kind = server.kind
        transport.run { $0.open(kind) }
        return transport
    }

    package func send(_ message: OutboundMessage) {
        self.run { $0.send(message) }
    }

    package func cancel(requestID: Int) {
        self.run { $0.cancel(requestID: requestID) }
    }

    package func negotiated(_ revision: ProtocolRevision) {
        self.run { $0.negotiated(revision) }
    }

    package func close(reason: MCPError) {
        self.run { $0.close(reason: reason) }
    }

    private func run(_ body: @escaping @Sendable (HTTPTransportCore) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.core.value)
        } else {
            self.eventLoop.execute { body(self.core.value) }
        }
    }
}
