/// The three kinds of tools, by what they declare.
enum ToolKind: String, CaseIterable, Sendable {
    case readOnly = "record_readonly"
    case idempotent = "record_idempotent"
    case destructive = "record_destructive"

    /// Whether a call may be run again after it may have been started.
    var mayRunAgain: Bool { self != .destructive }
}
