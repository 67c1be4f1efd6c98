import MCPStoreQueue

/// All that a call of one tool needs to know, made once when the registry changes.
package final class CallTarget: Sendable {
    package let service: ServiceID
    /// The tool's own name.
    package let tool: String
    /// The key under which it is counted.
    package let toolKey: String
    /// Whether a call may be run again after it may have been started.
    package let mayRunAgain: Bool
    /// The deadline of calls that bring none of their own, in milliseconds.
    package let timeout: Int

    package init(service: ServiceID, tool: String, toolKey: String, mayRunAgain: Bool = false, timeout: Int = 60_000) {
        self.service = service
        self.tool = tool
        self.toolKey = toolKey
        self.mayRunAgain = mayRunAgain
        self.timeout = timeout
    }

    /// `service_tool`
    package var qualifiedName: String { "\(service.name)_\(tool)" }
}
