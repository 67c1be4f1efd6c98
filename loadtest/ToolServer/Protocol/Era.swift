/// The two families of MCP revisions: with a handshake, and stateless.
enum Era: Sendable, Equatable {
    /// 2024-11-05 to 2025-11-25: `initialize` first, then requests of the agreed revision.
    case legacy
    /// 2026-07-28 and later: every request carries its revision and the client's capabilities in `_meta`.
    case modern
}

/// The revisions of MCP, as written on the wire.
enum Revision {
    static let legacy = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    static let latestLegacy = "2025-11-25"
    static let modern = "2026-07-28"
}
