import MCPStoreQueue
import NIOCore

/// The stored document of a service that belongs to agents.
struct AgentDocument {
    let stored: String
    let version: Int
    /// The entry without `agents`.
    let members: [String: JSONValue]
    /// `nil`: the store's own.
    let agents: [String: String]?

    init(_ document: ServiceDocument) {
        var members = JSONMembers.read(document.configuration)?.objectValue ?? [:]
        let agents = members.removeValue(forKey: "agents")
        self.agents = agents.map { $0.objectValue?.compactMapValues(\.stringValue) ?? [:] }
        self.members = members
        stored = document.name
        version = document.version
    }

    /// As it is stored with other agents.
    func configuration(agents: [String: String]) -> ByteBuffer {
        var members = members
        members["agents"] = .object(agents.mapValues { .string($0) })
        return JSONValue.object(members).buffer
    }
}
