import Logging
import NIOCore

/// Makes the transport that a configuration asks for. The one seam between sessions and transports.
enum TransportFactory {
    /// Starts the child or reaches the URL.
    ///
    /// - Parameter delegate: Held weakly or strongly by the transport until it has called `transportClosed`.
    /// - Throws: ``MCPError`` when nothing could be started or reached; the delegate is not called then.
    static func connect(
        _ configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        delegate: any MCPTransportDelegate,
        limits: SessionLimits,
        logger: Logger
    ) async throws(MCPError) -> any MCPTransport {
        switch configuration.transport {
        case .stdio:
            throw MCPError(.startFailed, "stdio servers are not built in yet")
        case .http:
            throw MCPError(.startFailed, "HTTP servers are not built in yet")
        }
    }
}
