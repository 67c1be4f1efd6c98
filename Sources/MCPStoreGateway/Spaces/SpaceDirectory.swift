import Logging
import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers

/// The spaces that a gateway has open: one store each, opened when somebody asks for it. Their number is bounded; where there are
/// more, the one that nobody has used for the longest time is closed.
package actor SpaceDirectory {
    /// Opens the store of a space.
    package typealias Opening = @Sendable (Space) async throws(MCPStoreError) -> MCPStore

    /// A space that is open.
    fileprivate final class Open: Sendable {
        let store: MCPStore
        let door: FrontDoor
        let users = NIOLockedValueBox(0)
        let used = NIOLockedValueBox(ContinuousClock.now)

        init(_ store: MCPStore, _ door: FrontDoor) {
            self.store = store
            self.door = door
        }
    }

    /// The right to use a space; it stays open as long as somebody has one.
    package final class Lease: Sendable {
        private let open: Open
        package var door: FrontDoor { open.door }
        package var store: MCPStore { open.store }

        fileprivate init(_ open: Open) {
            self.open = open
            open.users.withLockedValue { $0 += 1 }
        }

        deinit {
            open.used.withLockedValue { $0 = .now }
            open.users.withLockedValue { $0 -= 1 }
        }
    }

    private let most: Int
    /// So many of them may be of one namespace while they are in use.
    private var mostOfOne: Int { max(most * 3 / 4, 1) }
    private let naming: Naming
    private let options: FrontDoorOptions
    private let subscriptions: Subscriptions
    private let opening: Opening
    private let logger: Logger
    private var spaces: [Space: Task<Open, any Error>] = [:]
    /// Those that have opened: what can be closed.
    private var opened: [Space: Open] = [:]
    private var isClosed = false
    /// Of the space that is never closed to make room.
    private var kept: Lease?

    /// - Parameter most: How many may be open.
    package init(
        most: Int = 64,
        naming: Naming,
        options: FrontDoorOptions,
        subscriptions: Subscriptions,
        logger: Logger,
        opening: @escaping Opening
    ) {
        self.most = most
        self.naming = naming
        self.options = options
        self.subscriptions = subscriptions
        self.logger = logger
        self.opening = opening
    }

    /// The front door of a space, which is opened where it is not.
    ///
    /// - Throws: ``MCPStoreError`` where it cannot be opened, `busy` where too many are in use.
    package func lease(_ space: Space) async throws -> Lease {
        guard !isClosed else { throw MCPStoreError(.closed, "the gateway is going away: try again") }
        if let open = opened[space] { return Lease(open) }
        if let pending = spaces[space] { return Lease(try await pending.value) }
        try makeRoom(for: space)
        let task = Task { [opening, naming, options, subscriptions] () async throws -> Open in
            let store = try await opening(space)
            return Open(
                store,
                FrontDoor(space: StoreSpace(store, naming: naming), options: options, subscriptions: subscriptions)
            )
        }
        spaces[space] = task
        do {
            let open = try await task.value
            opened[space] = open
            return Lease(open)
        } catch {
            spaces[space] = nil
            throw error
        }
    }

    /// Opens a space that stays open: its readiness is that of the gateway.
    ///
    /// - Throws: as ``lease(_:)``.
    func keep(_ space: Space) async throws { kept = try await lease(space) }

    /// The stores of the spaces that are open, in the order of their names. They may be closed at any time.
    func stores() -> [(space: Space, store: MCPStore)] {
        opened.map { (space: $0.key, store: $0.value.store) }.sorted { $0.space.description < $1.space.description }
    }

    /// Whether outcomes and changes of a space are really being read; `false` where it is not open.
    package func isReading(_ space: Space) -> Bool { opened[space]?.store.backend.isReading ?? false }

    private func makeRoom(for space: Space) throws(MCPStoreError) {
        // Whoever names dataspaces at will must not use up the places of all namespaces.
        let own = spaces.keys.count {
            $0.namespace == space.namespace && opened[$0].map { $0.users.withLockedValue { $0 } > 0 } ?? true
        }
        guard own < mostOfOne else {
            throw MCPStoreError(
                .busy,
                "\(own) spaces of the namespace '\(space.namespace)' are in use, which is its part of this gateway: try again later"
            )
        }
        guard spaces.count >= most else { return }
        let idle = opened.filter { $0.value.users.withLockedValue { $0 } == 0 }
        let oldest = idle.min { left, right in
            left.value.used.withLockedValue { $0 } < right.value.used.withLockedValue { $0 }
        }
        guard let oldest else {
            throw MCPStoreError(.busy, "\(spaces.count) spaces are in use, which is the limit of this gateway: try again later")
        }
        logger.debug("a space is closed to make room", metadata: ["space": "\(oldest.key)"])
        spaces[oldest.key] = nil
        opened[oldest.key] = nil
        let store = oldest.value.store
        Task { await store.close() }
    }

    /// Closes all of them.
    package func close() async {
        isClosed = true
        kept = nil
        let pending = spaces.values
        spaces = [:]
        opened = [:]
        for task in pending {
            if case .success(let open) = await task.result { await open.store.close() }
        }
    }
}
