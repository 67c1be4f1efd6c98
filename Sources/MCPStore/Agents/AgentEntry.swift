import MCPStoreQueue
import MCPStoreWorker
import NIOCore

/// A service of an agent: its entry, and the name under which it is stored.
///
/// Stored names are made of what is in the entry, so that all who add the same server find each other in one document without
/// asking: `{name}_shared_{hash}` with the first 10 hex digits of the hash of the entry (SHA-256 of its canonical JSON without
/// `agents`), or `{name}_byagent_{agent}`.
struct AgentEntry {
    /// The name that the agent has for it.
    let name: String
    /// The entry without `agents`.
    let members: [String: JSONValue]
    let stored: String
    /// Whether others may have the same.
    let isShared: Bool

    /// - Parameter configuration: A checked entry, as the parser writes it.
    init(_ name: String, _ configuration: JSONValue, agent: String) {
        var members = configuration.objectValue ?? [:]
        members["agents"] = nil
        // What is said and what goes without saying are the same server.
        if members["isolation"] == "shared" { members["isolation"] = nil }
        self.name = name
        self.members = members
        isShared = members["isolation"] == nil
        let hash = ConfigurationHash.hex(JSONValue.object(members).buffer)
        stored = isShared ? "\(name)_shared_\(hash.prefix(10))" : "\(name)_byagent_\(agent)"
    }

    /// What is wrong with its names.
    var problem: String? {
        guard !Name.isValid(stored) else { return nil }
        let most = 128 - (stored.utf8.count - name.utf8.count)
        return most > 0
            ? "the name is too long: for this agent and isolation it may have \(most) characters"
            : "the agent's id is too long for services of its own: no name is left"
    }

    /// As it is stored with these agents.
    func configuration(agents: [String: String]) -> ByteBuffer {
        var members = members
        members["agents"] = .object(agents.mapValues { .string($0) })
        return JSONValue.object(members).buffer
    }
}
