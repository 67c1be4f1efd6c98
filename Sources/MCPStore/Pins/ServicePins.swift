import MCPStoreQueue

/// What was approved of the tools of a service, and what becomes of those that differ.
package struct ServicePins: Sendable {
    package var mode = PinMode.off
    /// By tool; `nil` where nothing of the service was ever approved.
    package var tools: [String: ToolPin]?

    package init(mode: PinMode = .off, tools: [String: ToolPin]? = nil) {
        self.mode = mode
        self.tools = tools
    }
}
