/// Names one request of a session, so that it can be cancelled.
package struct RequestHandle: Sendable, Hashable {
    /// The JSON-RPC id.
    let id: Int
}
