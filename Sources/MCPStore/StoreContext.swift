import MCPStoreQueue

/// The services and tools of a store, and the calls of them. A value that is cheap to make and to pass on.
public struct StoreContext: Sendable {
    package let store: MCPStore

    var backend: any StoreBackend { store.backend }
    var registry: any Registry { store.backend.registry }
    var follower: SnapshotFollower { store.backend.follower }

    init(store: MCPStore) { self.store = store }

    /// The error for a name that no service has, with those that look like it.
    func unknownService(_ name: String) async throws(MCPStoreError) -> MCPStoreError {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        let names = follower.withSnapshot { Array($0.services.keys) }
        let similar = Suggestions.similar(to: name, among: names)
        let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", "))?"
        var error = MCPStoreError(.unknownService, "there is no service '\(name.oneLine.prefix(140))' in \(backend.space)\(hint)")
        error.suggestions = similar
        return error
    }

    /// Reads the registry again and returns what it says of a service.
    func current(_ name: String) async throws(MCPStoreError) -> SnapshotService {
        try await storeErrors { () throws(QueueError) in try await follower.reload([name]) }
        if let service = follower.withSnapshot({ $0.services[name] }) { return service }
        throw try await unknownService(name)
    }
}
