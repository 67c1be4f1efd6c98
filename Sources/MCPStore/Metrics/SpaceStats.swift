import Logging
import MCPStoreQueue
import MCPStoreRedis

/// What `mcpstore stats` shows of a space.
package struct SpaceStats: Sendable {
    package let space: Space
    /// Services by status.
    package let services: [String: Int]
    package let tools: Int
    /// All tools together, and methods other than `tools/call`.
    package let total: ToolStats
    package let lanes: [LaneDepth]
    package let delayed: Int
    package let dead: Int
    package let memory: SpaceMemory

    /// - Throws: ``QueueError``, `RedisError`.
    package init(_ space: Space, _ client: RedisClient, _ logger: Logger) async throws {
        let registry = RedisRegistry(space: space, client: client)
        let keys = SpaceKeys(space)
        let names = try await registry.services().map(\.name)
        let states = try await registry.states(names)
        var services: [String: Int] = [:]
        for name in names { services[(states[name] ?? .none).status.rawValue, default: 0] += 1 }
        let toolKeys = try await registry.toolKeys().keys.sorted()
        let clock = try await Self.clock(client)
        let lanes = names.flatMap { name in
            Lane.allCases.map { LaneID(service: ServiceID(space: space, name: name), lane: $0) }
        }
        let others = await client.pipeline(names.map { RedisCommand("HGETALL", keys.serviceStats($0)) })
        let ofTools = try await registry.stats(toolKeys)
        var total = ToolStats()
        for stats in ofTools.values { total.add(stats) }
        for reply in others {
            if let stats = ToolStats(try reply.get()) { total.add(stats) }
        }
        self.space = space
        self.services = services
        self.tools = toolKeys.count
        self.total = total
        self.lanes = try await RedisRecovery(client: client, clock: clock, logger: logger).depths(lanes)
        delayed = try await client.execute(RedisCommand("ZCARD", keys.delayed)).integer ?? 0
        dead = try await client.execute(RedisCommand("XLEN", keys.dead)).integer ?? 0
        memory = try await SpaceMemory(of: Self.known(keys, names, toolKeys), client)
    }

    private static func clock(_ client: RedisClient) async throws(RedisError) -> ServerClock {
        let clock = ServerClock()
        let sent = ServerClock.boot()
        let time = try await client.execute(RedisCommand("TIME")).array
        if let time, time.count == 2 {
            let now = (time[0].integer ?? 0) * 1_000_000 + (time[1].integer ?? 0)
            clock.measured(server: now, sent: sent, received: ServerClock.boot())
        }
        return clock
    }

    /// Every key that the indexes of the space name.
    private static func known(_ keys: SpaceKeys, _ services: [String], _ tools: [String]) -> [String] {
        var all = keys.single
        for name in services {
            all += [keys.config(name), keys.cache(name), keys.state(name), keys.serviceStats(name)]
            all += Lane.allCases.map { keys.jobs(name, $0) }
        }
        for tool in tools { all += [keys.info(toolKey: tool), keys.stats(toolKey: tool)] }
        return all
    }

    package var queued: Int { lanes.reduce(0) { $0 + $1.queued } }
    package var running: Int { lanes.reduce(0) { $0 + $1.running } }
    package var oldestWait: Duration? { lanes.compactMap(\.oldestWait).max().map { .microseconds($0) } }
}
