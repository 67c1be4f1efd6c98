/// What tells the running calls of a server apart.
struct CallKey: Hashable {
    /// Whose ids these are: a connection, a session, or all clients without one.
    enum Scope: Hashable {
        case connection(ObjectIdentifier)
        case session(String)
        case sessionless
    }

    let scope: Scope
    /// The id of the request as it was written.
    let id: [UInt8]
}
