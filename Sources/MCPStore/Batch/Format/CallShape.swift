/// What records of a CSV file become: calls of one tool.
package struct CallShape: Sendable, Hashable {
    package var tool: String
    /// The service that is meant; needed only where all names of the tool are ambiguous.
    package var service: String?
    /// The arguments with places for fields (``ArgumentTemplate``); `nil`: all columns as strings.
    package var arguments: String?
    /// The column that comes back as the id of the answer.
    package var id: String?

    package init(tool: String, service: String?, arguments: String?, id: String?) {
        self.tool = tool
        self.service = service
        self.arguments = arguments
        self.id = id
    }
}
