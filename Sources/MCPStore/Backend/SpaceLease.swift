import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Keeps an `auto` dataspace as long as this store uses it: renews all its keys together, and deletes them when it is the last
/// store that leaves. Keys are known from the registry, never searched for.
final class SpaceLease: Sendable {
    /// A script must not be long: what is more is done in parts.
    private static let mostKeys = 1000

    private struct State {
        var renewed = 0
        var isRenewing = false
    }

    private let space: Space
    private let store: String
    private let client: RedisClient
    private let registry: any Registry
    private let follower: SnapshotFollower
    private let recovery: RedisRecovery
    private let records: @Sendable () -> [String]
    private let pool: RedisPool
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - store: Unique for the store; the caller of its inbox.
    ///   - records: The keys of the records of its idempotency keys.
    init(
        space: Space,
        store: String,
        client: RedisClient,
        registry: any Registry,
        follower: SnapshotFollower,
        recovery: RedisRecovery,
        records: @escaping @Sendable () -> [String],
        logger: Logger
    ) {
        self.space = space
        self.store = store
        self.client = client
        self.registry = registry
        self.follower = follower
        self.recovery = recovery
        self.records = records
        self.pool = RedisPool(Pool(embeddedIn: space), client: client)
        self.logger = logger
    }

    /// To be called about once a second, and more often where the lease is short.
    ///
    /// - Parameter dataWasLost: Runs when the services are gone from Redis that were there.
    func tick(dataWasLost: @escaping @Sendable () -> Void) {
        let now = ServerClock.boot()
        let renews = state.withLockedValue { state in
            guard !state.isRenewing, now - state.renewed >= KeyLease.milliseconds * 1000 / 3 else { return false }
            state.isRenewing = true
            return true
        }
        guard renews else { return }
        Task {
            do throws(QueueError) {
                let had = follower.withSnapshot { !$0.services.isEmpty }
                if try await !renew(), had { dataWasLost() }
                state.withLockedValue { $0 = State(renewed: now) }
            } catch {
                logger.debug("the lease of the dataspace was not renewed", metadata: ["error": "\(error.message)"])
                state.withLockedValue { $0.isRenewing = false }
            }
        }
    }

    /// Renews all keys.
    ///
    /// - Returns: Whether there are services.
    func renew() async throws(QueueError) -> Bool {
        let known = SpaceKeys(space)
        let keys = try await keys()
        var hasServices = false
        var first = 0
        repeat {
            let part = Array(keys[first..<min(first + Self.mostKeys, keys.count)])
            let arguments: [RedisArgument] = [.string(store), .int(KeyLease.milliseconds)]
            do {
                let reply = try await client.evaluate(
                    Scripts.spaceRenew,
                    keys: [known.stores, known.services] + part,
                    arguments: arguments
                )
                hasServices = reply.integer == 1
            } catch {
                throw QueueError(error)
            }
            first += Self.mostKeys
        } while first < keys.count
        return hasServices
    }

    /// Leaves the space.
    ///
    /// - Returns: Whether this was the last store, and the space is deleted.
    func leave() async throws(QueueError) -> Bool {
        try await follower.reload()
        let keys = try await [SpaceKeys(space).services] + keys()
        let last = try await evaluateLeave(Array(keys.prefix(Self.mostKeys * 4)))
        guard last else { return false }
        for rest in stride(from: Self.mostKeys * 4, to: keys.count, by: Self.mostKeys) {
            _ = await client.pipeline(keys[rest..<min(rest + Self.mostKeys, keys.count)].map { RedisCommand("UNLINK", $0) })
        }
        return true
    }

    private func evaluateLeave(_ keys: [String]) async throws(QueueError) -> Bool {
        do {
            let reply = try await client.evaluate(
                Scripts.spaceLeave,
                keys: [SpaceKeys(space).stores] + keys,
                arguments: [.string(store)]
            )
            return reply.integer == 1
        } catch {
            throw QueueError(error)
        }
    }

    /// All keys of the space that outlive a moment, but `stores` and `services`.
    private func keys() async throws(QueueError) -> [String] {
        let known = SpaceKeys(space)
        // Of the inboxes its own only: the others are those of other stores.
        var keys = [known.inbox(store)] + known.single.filter { $0 != known.services }
        var services = follower.withSnapshot { Set($0.services.keys) }
        // With them those whose tool is no longer offered: its stats stay.
        let tools = try await registry.toolKeys()
        services.formUnion(tools.values.map(\.service))
        for key in tools.keys { keys += [known.info(toolKey: key), known.stats(toolKey: key)] }
        for (service, tools) in try await recovery.removedServices(space) {
            services.insert(service)
            keys += tools.map(known.stats(toolKey:))
        }
        for service in services {
            keys += [
                known.config(service), known.cache(service), known.state(service), known.serviceStats(service),
                known.pins(service),
            ]
            keys += Lane.allCases.map { known.jobs(service, $0) }
        }
        keys += records()
        let pool = pool.pool
        keys += [pool.leases, pool.expired, pool.leaderToken, pool.events, pool.spaces, pool.placement]
        for worker in try await self.pool.workers().map(\.id) + self.pool.expired() {
            keys += [pool.worker(worker), pool.streams(worker), pool.services(worker), pool.control(worker), pool.ring(worker)]
        }
        return keys
    }
}
