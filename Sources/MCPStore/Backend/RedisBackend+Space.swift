import MCPStoreQueue
import MCPStoreRedis

/// What a store asks of the space and of those who work for it: of Redis, or while that is away of memory.
extension RedisBackend {
    /// The memory that is used now; `nil` where Redis is.
    private var memory: MemorySpace? {
        guard let fallback, fallback.mode.usesMemory else { return nil }
        return fallback.hub
    }

    package func catchUp() async throws(QueueError) {
        // Changes in memory are with the follower before whoever makes them goes on.
        if memory != nil { return try await follower.catchUp(with: SnapshotChanges()) }
        let entries = try await unread.read()
        var changes = SnapshotChanges()
        for entry in entries { changes.add(entry) }
        if entries.count >= UnreadChanges.most { changes.addEverything() }
        try await follower.catchUp(with: changes)
    }

    package func announce() async throws(QueueError) {
        if embedded == nil { try await pools.cluster.announce(space) }
    }

    package func changed(_ services: [String]) async throws(QueueError) {
        if memory != nil { return }
        let known = follower.withSnapshot { snapshot in services.map { ($0, snapshot.services[$0]) } }
        for (name, document) in try await pools.changed(known, registry) {
            restorer?.own.wrote(name, document?.configuration)
        }
    }

    package func bury(_ service: String) async throws(QueueError) {
        if memory == nil { try await buryInRedis(service) }
    }

    func buryInRedis(_ service: String) async throws(QueueError) {
        let left = try await recovery.removedServices(space)[service] ?? []
        _ = try await recovery.bury(ServiceID(space: space, name: service), toolKeys: left)
    }

    package func restart(_ service: String) async throws(QueueError) {
        if let memory { return await memory.restart(service) }
        try await RedisRegistry(space: space, client: commands).restart(service)
    }

    package func order(_ message: ControlMessage?, worker: String) async throws(QueueError) -> [ServiceID]? {
        for pool in [pools.cluster, pools.embedded] where try await pool.workers().contains(where: { $0.id == worker }) {
            if let message { try await pool.send(message, to: worker) }
            return try await pool.services(of: worker)
        }
        return nil
    }

    package func spaceLoads() async throws(QueueError) -> SpaceLoads {
        if memory != nil { return ([], 0) }
        return try await RedisSpaceLoads(pools.cluster, recovery: recovery, client: commands).read(now: queue.now)
    }

    package func status(of services: [String]) async throws(QueueError) -> BackendStatus {
        let lanes = services.flatMap { name in
            Lane.allCases.map { LaneID(service: ServiceID(space: space, name: name), lane: $0) }
        }
        if let memory { return await memory.status(of: lanes) }
        return try await pools.status(lanes: recovery.depths(lanes))
    }
}
