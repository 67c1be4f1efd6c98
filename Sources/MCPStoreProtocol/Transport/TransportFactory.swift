import Logging
import NIOCore

/// Makes the transport that a configuration asks for. The one seam between sessions and transports.
enum TransportFactory {
    /// Starts the child or reaches the URL.
    ///
    /// - Parameters:
    ///   - delegate: Held by the transport until it has called `transportClosed`.
    ///   - standardError: Gets what a child writes to its standard error.
    ///   - onStandardError: Called on the event loop for every line of it.
    /// - Throws: ``MCPError`` when nothing could be started or reached; the delegate is not called then.
    static func connect(
        _ configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        delegate: any MCPTransportDelegate,
        limits: SessionLimits,
        standardError: StandardErrorLog,
        onStandardError: @escaping @Sendable (String) -> Void,
        logger: Logger
    ) async throws(MCPError) -> any MCPTransport {
        switch configuration.transport {
        case .stdio(let server):
            try await StdioTransport.connect(
                server,
                eventLoop: eventLoop,
                delegate: delegate,
                limits: limits,
                standardError: standardError,
                onStandardError: onStandardError,
                logger: logger
            )
        case .http(let server):
            try HTTPTransport.connect(server, delegate: delegate, eventLoop: eventLoop, limits: limits, logger: logger)
        }
    }
}
