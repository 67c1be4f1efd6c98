import NIOCore

/// What a wire tells the transport it belongs to. Confined to the event loop.
protocol HTTPWireOwner: AnyObject {
    /// A JSON-RPC message came.
    func received(_ message: ByteBuffer)
    /// This request will get no answer.
    func requestFailed(id: Int, error: MCPError)
    /// A notification or a response was delivered, or failed for good.
    func delivered(_ message: OutboundMessage)
    /// The wire has ended by itself or as asked; it calls nothing after this.
    func wireClosed(_ reason: MCPError)
    /// The server refused `initialize` as one that does not speak this wire. The wire calls nothing after this.
    func refused(initialize message: OutboundMessage, error: MCPError)
}
