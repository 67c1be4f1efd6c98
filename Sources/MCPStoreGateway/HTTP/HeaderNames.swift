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
    static let secondHost = known("Host")
    static let accelBuffering = known("X-Accel-Buffering")
    static let contentTypeOptions = known("X-Content-Type-Options")

    // W3C Trace Context.
    static let traceparent = known("traceparent")
    static let tracestate = known("tracestate")

    static let idempotencyKey = known("Idempotency-Key")
    // How a call went.
    static let callOutcome = known("Mcpstore-Outcome")
    static let callService = known("Mcpstore-Service")
    static let callJob = known("Mcpstore-Job")
    static let callWorker = known("Mcpstore-Worker")
    static let callAttempt = known("Mcpstore-Attempt")
    static let callQueued = known("Mcpstore-Queued-Us")
    static let callRun = known("Mcpstore-Run-Us")
}
