import MCPStoreQueue

extension MCPStore {
    /// The services and tools of one agent: those that were added in its context, under the names that it gave them.
    ///
    /// What others have does not exist for it: not in lists, not in tool names, not in errors, suggestions and events. Where two
    /// agents add the same server, an entry's `isolation` says what is theirs: `shared` (the default) is one server, and one
    /// session to it, for all agents that add it under the same name with the same configuration; `perAgent` is a server of the
    /// agent's own; with `perCall`, each call gets a new one.
    ///
    ///     let alice = try store.forAgent("alice")
    ///     try await alice.addService(["name": "notes", "command": "notes-server", "isolation": "perAgent"])
    ///
    /// - Parameter id: 1 to 128 of `A-Z a-z 0-9 . _ -`. An agent exists as long as it has a service.
    /// - Throws: ``MCPStoreError`` (`invalidName`).
    public func forAgent(_ id: String) throws(MCPStoreError) -> StoreContext {
        do { try Name.validate(id, as: "agent") } catch { throw MCPStoreError(error) }
        return StoreContext(store: self, scope: .agent(id))
    }
}

extension StoreContext {
    /// The agents that have services in the space, in order. An agent's own context knows of itself only.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func listAgents() async throws(MCPStoreError) -> [String] {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        let agents = follower.withSnapshot { $0.agents }
        return agent.map { id in agents.filter { $0 == id } } ?? agents
    }
}
