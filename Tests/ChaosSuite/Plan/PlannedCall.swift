import MCPStore

/// A call that a caller is about to make.
struct PlannedCall: Equatable, Sendable {
    /// What the caller wants besides the answer.
    enum Intent: String, Sendable {
        case answer
        /// Its deadline passes while it runs.
        case expire
        /// It is taken back while it runs.
        case cancel
    }

    var id: String
    var service: String
    var tool: ToolKind
    /// How long the tool takes.
    var milliseconds: Int
    /// How much longer the answer is made.
    var bytes: Int
    var isBatch = false
    var intent = Intent.answer
    /// Its idempotency key: it shares a run with all calls that have the same one.
    var key: String?

    /// What the tool calls its run.
    var run: String { key ?? id }

    /// What the tool is given.
    var arguments: JSONValue {
        var members: [String: JSONValue] = ["id": .string(run), "ms": .integer(milliseconds)]
        if bytes > 0 { members["bytes"] = .integer(bytes) }
        return .object(members)
    }

    /// The text that the tool answers with, and with no other.
    var answer: String { "recorded \(run)" + (bytes > 0 ? " " + String(repeating: "x", count: bytes) : "") }
}
