import MCPStoreQueue
import NIOCore

/// Agents that joined or left a service on both sides while a store was away from Redis: none undoes the other.
enum AgentMerge {
    /// - Parameters:
    ///   - mine: The service in memory; `nil`: its last agent has left it.
    ///   - base: The service as it was before.
    ///   - theirs: The service in Redis now.
    /// - Returns: The service with the agents of both; `nil` where they differ in more than that.
    static func merge(_ mine: ServiceDocument?, base: ServiceDocument?, theirs: ServiceDocument) -> Merged? {
        let theirs = AgentDocument(theirs)
        let mine = mine.map(AgentDocument.init)
        let before = base.map(AgentDocument.init)?.agents ?? [:]
        guard var agents = theirs.agents, mine.map({ $0.agents != nil && $0.members == theirs.members }) ?? !before.isEmpty else {
            return nil
        }
        let now = mine?.agents ?? [:]
        for agent in before.keys where now[agent] == nil { agents[agent] = nil }
        for (agent, name) in now where before[agent] != name { agents[agent] = name }
        return Merged(configuration: theirs.configuration(agents: agents), isAbandoned: agents.isEmpty)
    }

    struct Merged {
        var configuration: ByteBuffer
        /// Nobody has it any more.
        var isAbandoned: Bool
    }
}
