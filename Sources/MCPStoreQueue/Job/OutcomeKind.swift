/// How a job ended. Exactly one per accepted job (invariant I1).
package struct OutcomeKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// As written to inboxes and stats. Unknown kinds of newer versions are shown as they are (invariant I13).
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The server answered.
    package static let ok = Self(rawValue: "ok")
    /// The server answered with `isError: true`: the tool itself failed.
    package static let toolError = Self(rawValue: "toolError")
    /// The server answered with a JSON-RPC error.
    package static let protocolError = Self(rawValue: "protocolError")
    /// The deadline passed, waiting or running, which the reason says.
    package static let timedOut = Self(rawValue: "timedOut")
    /// The caller took it back.
    package static let cancelled = Self(rawValue: "cancelled")
    /// It was started and what ran it died: it may have taken effect, and nobody ran it twice.
    package static let interrupted = Self(rawValue: "interrupted")
    /// There was no healthy session to its service within its deadline.
    package static let unavailable = Self(rawValue: "unavailable")

    package static let all: [Self] = [.ok, .toolError, .protocolError, .timedOut, .cancelled, .interrupted, .unavailable]

    /// Whether the MCP server itself gave the answer.
    package var isAnswer: Bool { self == .ok || self == .toolError || self == .protocolError }
    package var description: String { rawValue }
}
