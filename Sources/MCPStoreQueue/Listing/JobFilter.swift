/// Which jobs a list is to have. What is `nil` does not matter.
package struct JobFilter: Sendable {
    /// The name under which the service is stored.
    package var service: String?
    /// The tool's own name.
    package var tool: String?
    package var state: ListedJob.State?

    package init(service: String? = nil, tool: String? = nil, state: ListedJob.State? = nil) {
        self.service = service
        self.tool = tool
        self.state = state
    }
}
