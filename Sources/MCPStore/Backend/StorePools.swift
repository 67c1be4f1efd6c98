import Foundation
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore

/// The two pools that may host services of a space: the cluster's, and that of the space's embedded stores. Each is told what
/// concerns it, and nothing else: a user bound to one namespace may not even write to the cluster's keys.
struct StorePools: Sendable {
    let space: Space
    let cluster: RedisPool
    let embedded: RedisPool
    /// The label of this store's own worker; `nil` for a client of a cluster.
    let label: String?
    let client: RedisClient
    /// Services that this store has seen placed on the cluster: they may still be there.
    private let clustered = NIOLockedValueBox<Set<String>>([])

    init(space: Space, cluster: RedisPool, embedded: RedisPool, label: String?, client: RedisClient) {
        self.space = space
        self.cluster = cluster
        self.embedded = embedded
        self.label = label
        self.client = client
    }

    /// Tells the coordinators of the pools that services were added, changed or removed; a change may have moved one from a
    /// pool to the other.
    ///
    /// - Parameter services: With what was known of them before the change.
    /// - Returns: The services as they are now; `nil` for one that was removed.
    /// - Throws: ``QueueError`` (`redis`).
    @discardableResult
    func changed(
        _ services: [(name: String, before: SnapshotService?)],
        _ registry: any Registry
    ) async throws(QueueError) -> [(name: String, document: ServiceDocument?)] {
        var commands: [RedisCommand] = []
        var documents: [(name: String, document: ServiceDocument?)] = []
        for (name, before) in services {
            let document = try await registry.service(name)
            documents.append((name, document))
            let now = document.map { Self.placement(of: $0.configuration) }
            let id = ServiceID(space: space, name: name)
            // A client of a cluster creates nothing for embedded stores that there may not be.
            let isOurs = label != nil && now == "embedded"
            commands.append(PoolEvent.serviceChanged(id, preferred: label).command(in: embedded.pool, creates: isOurs))
            commands += KeyLease.commands(embedded.pool.events)
            guard label == nil || concernsCluster(name, before, now) else { continue }
            if now == "cluster" { commands.append(RedisCommand("SADD", cluster.pool.spaces, space.description)) }
            commands.append(PoolEvent.serviceChanged(id).command(in: cluster.pool))
        }
        for result in await client.pipeline(commands) {
            if case .failure(let error) = result { throw QueueError(error) }
        }
        return documents
    }

    /// The space was deleted: the cluster has nothing to do for it any more.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func left(_ services: [(name: String, before: SnapshotService?)], _ registry: any Registry) async throws(QueueError) {
        let concerned = services.filter { label == nil || concernsCluster($0.name, $0.before, nil) }
        guard !concerned.isEmpty else { return }
        var commands = concerned.map { service in
            PoolEvent.serviceChanged(ServiceID(space: space, name: service.name)).command(in: cluster.pool)
        }
        commands.append(RedisCommand("SREM", cluster.pool.spaces, space.description))
        for result in await client.pipeline(commands) {
            if case .failure(let error) = result { throw QueueError(error) }
        }
    }

    private func concernsCluster(_ name: String, _ before: SnapshotService?, _ now: String?) -> Bool {
        let wasKnown = clustered.withLockedValue { clustered in
            guard now == "cluster" else { return clustered.remove(name) != nil }
            clustered.insert(name)
            return true
        }
        let isHosted = before?.state.workers.values.contains { $0.pool == cluster.pool.description } ?? false
        return wasKnown || isHosted || (before.map { ($0.configuration.placement ?? "cluster") == "cluster" } ?? false)
    }

    private static func placement(of configuration: ByteBuffer) -> String {
        struct Settings: Decodable { var placement: String? }
        do {
            let settings = try JSONDecoder().decode(Settings.self, from: Data(configuration.readableBytesView))
            return settings.placement == "embedded" ? "embedded" : "cluster"
        } catch {
            // Written by hand: the cluster says what is wrong with it.
            return "cluster"
        }
    }

    /// Who works and who leads in both.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func status(lanes: [LaneDepth]) async throws(QueueError) -> BackendStatus {
        var workers = try await embedded.workers()
        var leader = try await embedded.leader()
        do throws(QueueError) {
            workers += try await cluster.workers()
            leader = try await cluster.leader() ?? leader
        } catch {
            // Who is bound to a namespace does not see the cluster.
            guard label != nil, client.isConnected else { throw error }
        }
        // Behind `@` stands the process.
        let name = leader.map { String($0.prefix { $0 != "@" }) }
        for index in workers.indices {
            workers[index].labels = workers[index].labels.filter { !$0.key.hasPrefix("mcpstore.") }
        }
        return BackendStatus(workers: workers.sorted { $0.id < $1.id }, coordinator: name, lanes: lanes)
    }
}
