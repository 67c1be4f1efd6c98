/// Which dead letters are meant. What is `nil` does not matter.
package struct DeadFilter: Sendable {
    /// The name under which the service is stored.
    package var service: String?
    /// The tool's own name.
    package var tool: String?
    /// Part of the reason, upper and lower case alike.
    package var reason: String?
    /// Given up at or after this, in milliseconds since 1970 by Redis' clock.
    package var since: Int?
    /// The newest ones, at most so many.
    package var limit: Int

    package init(service: String? = nil, tool: String? = nil, reason: String? = nil, since: Int? = nil, limit: Int) {
        self.service = service
        self.tool = tool
        self.reason = reason
        self.since = since
        self.limit = limit
    }

    /// Whether a letter is meant. ``since`` and ``limit`` are where it is looked for.
    func accepts(_ letter: DeadLetter) -> Bool {
        if let service, letter.lane?.service.name != service { return false }
        if let tool, letter.name != tool { return false }
        guard let reason else { return true }
        return letter.reason.message.lowercased().contains(reason.lowercased())
    }
}
