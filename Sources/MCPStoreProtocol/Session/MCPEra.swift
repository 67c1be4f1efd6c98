/// The two ways of speaking MCP, see "Versioning" of the specification.
package enum MCPEra: Sendable, Hashable {
    /// 2026-07-28 and later: no session, every request carries its own envelope in `_meta`.
    case modern
    /// 2025-11-25 and earlier: `initialize` opens a session.
    case legacy
}
