import NIOCore

/// One thing that a server wants to know before it goes on.
struct TaskQuestion: Sendable {
    /// The server's own key.
    let key: String
    /// The key by which the client knows it: unique over all rounds of a task.
    let shownKey: String
    /// The request, raw.
    let request: ByteBuffer

    /// The field of the record that has its answer.
    var field: String { "answer:" + key }
}
