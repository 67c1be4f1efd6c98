/// Whose tool a tool key stands for: a field of `{space}:tools`.
package struct ToolKey: Codable, Sendable, Hashable {
    package var service: String
    package var tool: String

    package init(service: String, tool: String) {
        self.service = service
        self.tool = tool
    }
}
