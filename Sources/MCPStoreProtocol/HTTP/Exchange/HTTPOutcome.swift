import NIOCore

/// How an HTTP exchange ended.
enum HTTPOutcome {
    /// Success with a JSON body.
    case json(ByteBuffer)
    /// Success with an event stream, which has ended; the error says why when it was cut off.
    case streamEnded(MCPError?)
    /// Success without a body.
    case accepted
    /// Success with a body that is neither JSON nor events.
    case unexpected(contentType: String)
    /// Another status than success.
    case refused(HTTPRefusal)
    /// There was no response, or not all of it.
    case failed(MCPError)
}
