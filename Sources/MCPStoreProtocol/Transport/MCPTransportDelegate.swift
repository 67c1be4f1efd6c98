import NIOCore

/// What a transport tells its session. All calls happen on the transport's event loop.
package protocol MCPTransportDelegate: AnyObject, Sendable {
    /// One JSON-RPC message came: a line, a JSON body, or the data of one SSE event.
    func received(_ message: ByteBuffer)

    /// This request will get no answer (HTTP status, broken stream, answer too large); the session lives on.
    func requestFailed(id: Int, error: MCPError)

    /// The transport has ended; nothing comes after this. Called exactly once.
    func transportClosed(_ reason: MCPError)
}
