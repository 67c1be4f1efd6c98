import NIOCore

/// What a session tells its owner without being asked. Called on the session's event loop.
package enum SessionEvent: Sendable {
    /// A list of the server has changed.
    case listChanged(ListKind)
    /// The server logged: the raw parameters of `notifications/message`, shortened, secrets removed.
    case log(String)
    /// The session has ended. Comes once, last.
    case closed(MCPError)
    /// The child wrote a line to its standard error; secrets are removed.
    case standardError(String)

    /// What a message of the server makes known, still raw.
    enum Told: Sendable, Equatable {
        case listChanged(ListKind)
        case log(ByteBuffer)
    }
}
