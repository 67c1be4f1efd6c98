import NIOCore

/// One JSON-RPC message on its way to the server.
package struct OutboundMessage: Sendable {
    /// What the message is.
    package enum Kind: Sendable, Equatable {
        /// A request. `name` is the tool's or prompt's name, or the resource's URI.
        case request(id: Int, method: String, name: String?)
        /// A notification: no answer comes.
        case notification(method: String)
        /// An answer to a request of the server.
        case response
    }

    /// The JSON-RPC message on one line, without a trailing newline.
    package var body: ByteBuffer
    /// What the message is.
    package var kind: Kind
    /// Headers that HTTP sends with the message, such as `Mcp-Param-Region`; stdio ignores them.
    package var headers: [HTTPHeader]
    /// Called on the event loop when the first byte was handed to the peer.
    package var onWritten: (@Sendable () -> Void)?
    /// Called on the event loop with the raw parameters of each `notifications/message` on the stream of this request's own answer.
    package var onLog: (@Sendable (ByteBuffer) -> Void)?

    package init(
        body: ByteBuffer,
        kind: Kind,
        headers: [HTTPHeader] = [],
        onWritten: (@Sendable () -> Void)? = nil,
        onLog: (@Sendable (ByteBuffer) -> Void)? = nil
    ) {
        self.body = body
        self.kind = kind
        self.headers = headers
        self.onWritten = onWritten
        self.onLog = onLog
    }
}
