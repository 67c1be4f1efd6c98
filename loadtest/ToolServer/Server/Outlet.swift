import NIOCore

/// Takes the messages that belong to one request: over stdio the connection itself, over HTTP the response.
/// Bound to the event loop of its server.
protocol Outlet: AnyObject {
    /// Sends the message that `write` writes. An `answer` ends the request; `status` is its HTTP status.
    func sendAnswer(status: UInt, _ write: (inout ByteBuffer) -> Void)
    /// Sends a notification that belongs to the request, ahead of the answer.
    func sendNotification(_ write: (inout ByteBuffer) -> Void)
    /// The request was cancelled and gets no answer.
    func abandon()
}
