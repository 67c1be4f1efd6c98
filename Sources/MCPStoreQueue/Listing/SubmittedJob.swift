/// A job that a principal has left behind, as the list of those says it.
package struct SubmittedJob: Sendable, Hashable {
    /// What the principal knows it by.
    package var id: String
    /// The service by its stored name.
    package var service: String
    package var lane: Lane
    /// The tool's own name.
    package var tool: String
    /// When it was submitted, in microseconds by Redis' clock.
    package var submitted = 0

    package init(id: String, service: String, lane: Lane, tool: String) {
        self.id = id
        self.service = service
        self.lane = lane
        self.tool = tool
    }

    /// Reads a member of the sorted set.
    init?(member: String, score: String) {
        let parts = member.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let lane = Lane(rawValue: parts[2]), let score = Double(score), Name.isValid(parts[1]) else {
            return nil
        }
        self.init(id: parts[0], service: parts[1], lane: lane, tool: parts[3])
        submitted = Int(plausible: score)
    }

    /// `id service lane tool`
    var member: String { "\(id) \(service) \(lane.rawValue) \(tool)" }
}
