import NIOCore

/// What a transport must do for a session. A transport carries whole JSON-RPC messages; it knows no methods.
///
/// Everything happens on ``eventLoop``: the session calls from it, and the transport calls its ``MCPTransportDelegate`` on it.
package protocol MCPTransport: AnyObject, Sendable {
    /// The loop on which everything of this transport happens.
    var eventLoop: any EventLoop { get }

    /// Sends one message. `OutboundMessage.onWritten` is called when its first byte was handed to the peer.
    func send(_ message: OutboundMessage)

    /// Gives up the answer to a request. Modern HTTP closes the request's stream; stdio does nothing, because there the
    /// session sends `notifications/cancelled`.
    func cancel(requestID: Int)

    /// Tells what was negotiated. HTTP sends `MCP-Protocol-Version` from then on.
    func negotiated(_ revision: ProtocolRevision)

    /// Ends the connection in order; idempotent. Every delegate call happens before
    /// ``MCPTransportDelegate/transportClosed(_:)``, which is called exactly once.
    func close(reason: MCPError)
}
