import MCPStoreQueue

/// The services and tools of a store, or of one agent, and the calls of them. A value that is cheap to make and to pass on.
///
/// An agent's context (``MCPStore/forAgent(_:)``) shows that agent's services only: what it may not see does not exist for it,
/// neither in lists nor in errors, suggestions and events.
public struct StoreContext: Sendable {
    package let store: MCPStore
    package let scope: Scope

    var backend: any StoreBackend { store.backend }
    var registry: any Registry { store.backend.registry }
    var follower: SnapshotFollower { store.backend.follower }

    init(store: MCPStore, scope: Scope) {
        self.store = store
        self.scope = scope
    }

    /// The one way to registry and queue; see ``MCPStore/perform(_:)``.
    func storeErrors<Value>(_ body: () async throws(QueueError) -> Value) async throws(MCPStoreError) -> Value {
        try await store.perform(body)
    }

    /// The agent whose services are seen; `nil` for the store's own.
    public var agent: String? { scope.agent }

    /// Where names are looked for, for messages.
    var place: String { agent.map { "agent '\($0)' of \(backend.space)" } ?? "\(backend.space)" }

    /// The error for a name that no service has, with those that look like it.
    func unknownService(_ name: String) async throws(MCPStoreError) -> MCPStoreError {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        let names = follower.withSnapshot { $0.view(scope).names }
        let similar = Suggestions.similar(to: name, among: names)
        let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", "))?"
        var error = MCPStoreError(.unknownService, "there is no service '\(name.oneLine.prefix(140))' in \(place)\(hint)")
        error.suggestions = similar
        return error
    }

    /// The name under which a service is stored. In the store's context an agent's service has its stored name, so that
    /// operators can look after it.
    ///
    /// - Returns: `nil` where the snapshot knows of none.
    func storedName(_ name: String) -> String? {
        follower.withSnapshot { snapshot in
            snapshot.view(scope).stored(name) ?? (scope == .store && snapshot.services[name] != nil ? name : nil)
        }
    }

    /// The same after all changes that were made before, with one look at everything where nothing is known of it.
    func freshStoredName(_ name: String) async throws(MCPStoreError) -> String? {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        if let stored = storedName(name) { return stored }
        try await storeErrors { () throws(QueueError) in
            // An agent's services are found by their content only.
            if scope == .store { try await follower.reload([name]) } else { try await follower.reloadForLookup() }
        }
        return storedName(name)
    }

    /// What the snapshot says of a service now.
    func known(_ name: String) -> SnapshotService? {
        follower.withSnapshot { snapshot in
            snapshot.service(name, in: scope) ?? (scope == .store ? snapshot.services[name] : nil)
        }
    }

    /// Reads the registry again and returns what it says of a service.
    func current(_ name: String) async throws(MCPStoreError) -> SnapshotService {
        if let stored = storedName(name) {
            try await storeErrors { () throws(QueueError) in try await follower.reload([stored]) }
            if let service = known(name) { return service }
        }
        if let stored = try await freshStoredName(name) {
            try await storeErrors { () throws(QueueError) in try await follower.reload([stored]) }
        }
        if let service = known(name) { return service }
        throw try await unknownService(name)
    }
}
