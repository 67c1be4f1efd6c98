/// One of the ways of carrying messages over HTTP. Confined to the event loop.
protocol HTTPWire: AnyObject {
    /// Sends one message.
    func send(_ message: OutboundMessage)
    /// Gives up the answer to a request.
    func cancel(requestID: Int)
    /// Tells what was negotiated.
    func negotiated(_ revision: ProtocolRevision)
    /// Ends everything, then calls ``HTTPWireOwner/wireClosed(_:)`` unless that was called before.
    func close(reason: MCPError)
}
