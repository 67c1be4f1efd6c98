import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers

/// The catalog of a space, made anew when what it is made of has changed.
final class CatalogCache: Sendable {
    /// What a catalog depends on.
    private struct Source: Equatable {
        let service: String
        let stored: String
        let offers: String
        let isRefused: Bool
    }

    private struct State {
        var sources: [Source]? = nil
        var catalog = Catalog()
        /// Of the snapshot that was last looked at.
        var revision: Int? = nil
    }

    private let scope: Scope
    private let naming: Naming
    private let state = NIOLockedValueBox(State())

    init(scope: Scope, naming: Naming) {
        self.scope = scope
        self.naming = naming
    }

    /// What the registry's snapshot offers now.
    func catalog(of follower: SnapshotFollower) -> Catalog {
        let revision = follower.revision
        let unchanged = state.withLockedValue { $0.revision == revision ? $0.catalog : nil }
        if let unchanged { return unchanged }
        let (snapshot, seen) = follower.current()
        let sources = snapshot.services(in: scope).map {
            Source(service: $0.name, stored: $0.id.name, offers: $0.offers.hash, isRefused: $0.refusesCalls)
        }
        let known = state.withLockedValue { state -> Catalog? in
            guard state.sources == sources else { return nil }
            state.revision = seen
            return state.catalog
        }
        if let known { return known }
        var catalog = Catalog(snapshot, scope: scope, naming: naming)
        return state.withLockedValue { state in
            catalog.version = state.catalog.version + 1
            state.revision = seen
            state.sources = sources
            state.catalog = catalog
            return catalog
        }
    }
}
