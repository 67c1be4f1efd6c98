/// How this server behaves: what the command line says, as plain values.
struct Settings: Sendable {
    var era = EraSupport.both
    /// Tools per page of tools/list; nil puts all on one.
    var pageSize: Int?
    var hasTools = true
    /// Whether there are also the tools, resources and prompts that the conformance suite of the MCP project asks for.
    var isConformance = false
    /// HTTP only: mint and demand `Mcp-Session-Id` in the legacy era.
    var usesSessions = false
    /// Where the record_* tools write; nil makes them fail.
    var recordPath: String?
    var misbehaviour = Misbehaviour()
    /// The longest message taken, in bytes.
    var maximumMessage = 16 << 20
}
