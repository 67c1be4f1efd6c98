import MCPStoreQueue
import NIOCore

/// What is to be written so that an agent has a service: pure decisions on documents as they were read. All writes are made at
/// once, each with compare-and-set.
struct AgentPlan {
    /// What becomes of one service.
    enum Change {
        case added
        case replaced
        case unchanged
    }

    /// Configurations to write, with the version that must be there (0: none).
    private(set) var writes: [(name: String, configuration: ByteBuffer, expected: Int?)] = []
    /// Services that nobody has any more after the writes, with the version that they have then.
    private(set) var abandoned: [(name: String, version: Int)] = []

    private let agent: String

    init(agent: String) { self.agent = agent }

    /// The agent is to have this entry.
    ///
    /// - Parameters:
    ///   - present: What it has under this name.
    ///   - target: What is stored under the entry's stored name.
    ///   - replacing: Whether what it has under this name may be another configuration.
    /// - Throws: ``Problem``.
    mutating func have(
        _ entry: AgentEntry,
        present: AgentDocument?,
        target: AgentDocument?,
        replacing: Bool
    ) throws(Problem) -> Change {
        if let problem = entry.problem { throw Problem(problem) }
        let present = present?.agents?[agent] == entry.name ? present : nil
        if let present, present.stored == entry.stored, present.members == entry.members { return .unchanged }
        if let present, !replacing {
            throw Problem("there is a service of this name with another configuration (version \(present.version))")
        }
        try join(entry, target)
        if let present, present.stored != entry.stored { leave(present) }
        return present == nil ? .added : .replaced
    }

    private mutating func join(_ entry: AgentEntry, _ target: AgentDocument?) throws(Problem) {
        guard let target else {
            writes.append((entry.stored, entry.configuration(agents: [agent: entry.name]), 0))
            return
        }
        guard var agents = target.agents else { throw Problem(Self.taken) }
        // What is its own may change; what is shared is what its name says.
        guard entry.isShared ? target.members == entry.members : agents.keys.allSatisfy({ $0 == agent }) else {
            throw Problem(Self.taken)
        }
        agents[agent] = entry.name
        writes.append((entry.stored, entry.configuration(agents: agents), target.version))
    }

    /// The agent is to have this no longer. The last one to leave leaves nothing.
    mutating func leave(_ document: AgentDocument) {
        var agents = document.agents ?? [:]
        agents[agent] = nil
        writes.append((document.stored, document.configuration(agents: agents), document.version))
        if agents.isEmpty { abandoned.append((document.stored, document.version + 1)) }
    }

    /// Says nothing of whom the name belongs to.
    private static let taken = "this name cannot be used here: choose another"

    /// Why an agent cannot have a service.
    struct Problem: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }
}
