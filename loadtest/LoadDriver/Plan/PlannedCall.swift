/// One call that the driver wants made.
package struct PlannedCall: Sendable, Equatable {
    /// Counts all calls of a run from 0, those of the warm-up too.
    package var index: UInt64
    package var tool: String
    /// In bytes.
    package var payload: Int
    /// `interactive` or `batch`.
    package var lane: String
    /// From 0; less than the tenants of the mix entry.
    package var tenant: Int
    /// Numeric extras of the mix entry, such as `ms` for a tool that waits.
    package var arguments: [String: Int]
    /// The name of the mix entry.
    package var group: String

    package init(
        index: UInt64,
        tool: String,
        payload: Int,
        lane: String,
        tenant: Int,
        arguments: [String: Int],
        group: String
    ) {
        self.index = index
        self.tool = tool
        self.payload = payload
        self.lane = lane
        self.tenant = tenant
        self.arguments = arguments
        self.group = group
    }
}
