import MCPStoreQueue

/// A tool, what was approved of it, and in what it differs.
package struct ToolApproval: Sendable {
    package var pinning: ToolPinning
    package var status: ToolPinStatus?
    package var isHeld: Bool
    /// Of the tool as it is now; what `--hash` of `mcpstore tool approve` takes.
    package var hash: String
    /// When it was approved, ISO 8601, and by whom; `nil` where it never was.
    package var approved: String?
    package var by: String?
    /// Old and new; empty where it is as it was approved, or never was.
    package var differences: [ToolDifference]
}
