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
        var looked: ContinuousClock.Instant? = nil
    }

    private let scope: Scope
    private let naming: Naming
    private let state = NIOLockedValueBox(State())

    init(scope: Scope, naming: Naming) {
        self.scope = scope
        self.naming = naming
    }

    /// - Parameter age: How old the last look at the snapshot may be.
    func catalog(of follower: SnapshotFollower, notOlderThan age: Duration = .zero) -> Catalog {
        let now = ContinuousClock.now
        let recent = state.withLockedValue { state in
            state.looked.flatMap { now - $0 < age ? state.catalog : nil }
        }
        if let recent { return recent }
        let snapshot = follower.withSnapshot { $0 }
        let sources = snapshot.services(in: scope).map {
            Source(service: $0.name, stored: $0.id.name, offers: $0.offers.hash, isRefused: $0.refusesCalls)
        }
        let known = state.withLockedValue { state in
            state.looked = now
            return state.sources == sources ? state.catalog : nil
        }
        if let known { return known }
        var catalog = Catalog(snapshot, scope: scope, naming: naming)
        return state.withLockedValue { state in
            catalog.version = state.catalog.version + 1
            state.sources = sources
            state.catalog = catalog
            return catalog
        }
    }
}
