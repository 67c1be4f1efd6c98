import HTTPTypes

extension HTTPField.Name {
    /// The name, which is a constant of ours and well-formed.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no name of a header") }
        return name
    }

    static let mcpProtocolVersion = known("MCP-Protocol-Version")
    static let mcpMethod = known("Mcp-Method")
    static let mcpName = known("Mcp-Name")
    static let accelBuffering = known("X-Accel-Buffering")
    static let contentTypeOptions = known("X-Content-Type-Options")
}
