import MCPStoreQueue

/// What monitoring wants to know of a space, read at one moment.
package struct SpaceSample: Sendable {
    /// States of the services that were looked at, by the names under which they are stored.
    package var services: [String: ServiceState] = [:]
    /// Services that were not looked at, because there are too many.
    package var omitted = 0
    package var lanes: [LaneDepth] = []
    /// How their tools were called, all tools of a service together.
    package var stats: [String: ToolStats] = [:]
    /// Workers that hold a lease.
    package var workers: [WorkerRecord] = []
    /// Whether a coordinator leads.
    package var isLed = false

    package init() {}

    /// The most services and the most tools that are looked at, in the order of their names: what one look costs Redis is bounded
    /// by them, with five commands a service and one a tool, a worker and a pool.
    package static let (mostServices, mostTools) = (200, 2000)
}

extension StoreContext {
    /// Looks at the space for monitoring.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`, `closed`).
    package func sample() async throws(MCPStoreError) -> SpaceSample {
        var sample = SpaceSample()
        let all = follower.withSnapshot { snapshot in snapshot.services.mapValues(\.state) }
        let names = Array(all.keys.sorted().prefix(SpaceSample.mostServices))
        for name in names { sample.services[name] = all[name] }
        sample.omitted = all.count - names.count
        let status = try await storeErrors { () throws(QueueError) in try await backend.status(of: names) }
        sample.lanes = status.lanes
        sample.workers = status.workers
        sample.isLed = status.coordinator != nil
        let known = Set(names)
        let owners = try await storeErrors { () throws(QueueError) in try await registry.toolKeys() }
        let keys = Array(owners.filter { known.contains($0.value.service) }.keys.sorted().prefix(SpaceSample.mostTools))
        let stats = try await storeErrors { () throws(QueueError) in try await registry.stats(keys) }
        for (key, stats) in stats {
            guard let owner = owners[key] else { continue }
            sample.stats[owner.service, default: ToolStats()].add(stats)
        }
        return sample
    }

    /// What each space of the cluster has to do, by name, and how many were left out because there are too many. It costs more than who
    /// asks every second for long should take.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`), also where the user may see its own space only.
    package func spaceLoads() async throws(MCPStoreError) -> SpaceLoads {
        try await storeErrors { () throws(QueueError) in try await backend.spaceLoads() }
    }

    /// What the space did in the last hour, the oldest point first; empty without Redis, and where no coordinator led. `now` is what
    /// its clock says, in microseconds since 1970.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func history() async throws(MCPStoreError) -> (points: [HistoryPoint], now: Int) {
        let points = try await storeErrors { () throws(QueueError) in try await backend.history() }
        return (points, backend.queue.now)
    }

    /// All that is known of the space in Redis: more commands than who asks every second should cost.
    ///
    /// - Returns: `nil` without Redis.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func spaceStats() async throws(MCPStoreError) -> SpaceStats? {
        try await storeErrors { () throws(QueueError) in
            do { return try await backend.spaceStats() } catch let error as QueueError { throw error } catch {
                throw QueueError(.redis, "\(error)")
            }
        }
    }
}
