import NIOCore

/// The registry of a space in Redis, and while that is away in memory.
package struct FallbackRegistry: Registry {
    private let redis: RedisRegistry
    private let memory: MemoryRegistry
    private let mode: FallbackSwitch

    package init(redis: RedisRegistry, memory: MemoryRegistry, mode: FallbackSwitch) {
        self.redis = redis
        self.memory = memory
        self.mode = mode
    }

    /// - Parameter reads: Whether it may be done again on a Redis that has come back.
    private func use<Result>(
        reads: Bool = false,
        _ body: (any Registry) async throws(QueueError) -> Result
    ) async throws(QueueError) -> Result {
        if mode.usesMemory { return try await body(memory) }
        let connections = mode.connections
        do throws(QueueError) {
            return try await body(redis)
        } catch {
            guard error.code == .redis else { throw error }
            switch await mode.goesOn(since: connections) {
            case .memory: return try await body(memory)
            case .redis where reads: return try await body(redis)
            case .redis, .nowhere: throw error
            }
        }
    }

    package func put(
        _ services: [(name: String, configuration: ByteBuffer, expected: Int?)],
        by author: String
    ) async throws(QueueError) -> [Int] {
        try await use { (registry) async throws(QueueError) in try await registry.put(services, by: author) }
    }

    /// What an operator has told a service lies in Redis: nothing of it is brought there later.
    package func hold(_ name: String, _ hold: ServiceHold?, expected: Int, by: String) async throws(QueueError) -> Int? {
        if mode.usesMemory { throw QueueError(.redis, "Redis is away: a service can be told nothing until it is back") }
        return try await redis.hold(name, hold, expected: expected, by: by)
    }

    package func service(_ name: String) async throws(QueueError) -> ServiceDocument? {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.service(name) }
    }

    package func services() async throws(QueueError) -> [ServiceDocument] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.services() }
    }

    package func remove(_ name: String, expected: Int?) async throws(QueueError) -> Bool {
        try await use { (registry) async throws(QueueError) in try await registry.remove(name, expected: expected) }
    }

    package func caches(_ names: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.caches(names) }
    }

    package func state(_ name: String) async throws(QueueError) -> ServiceState? {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.state(name) }
    }

    package func states(_ names: [String]) async throws(QueueError) -> [String: ServiceState] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.states(names) }
    }

    package func toolKeys() async throws(QueueError) -> [String: ToolKey] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.toolKeys() }
    }

    package func infos(_ toolKeys: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.infos(toolKeys) }
    }

    package func stats(_ toolKeys: [String]) async throws(QueueError) -> [String: ToolStats] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.stats(toolKeys) }
    }

    package func publish(
        _ tools: [ToolListing],
        of service: String,
        cache: ByteBuffer,
        hash: String
    ) async throws(QueueError) -> [String]? {
        try await use { (registry) async throws(QueueError) in
            try await registry.publish(tools, of: service, cache: cache, hash: hash)
        }
    }

    @discardableResult
    package func publish(_ view: ServiceView?, of service: String, worker: String) async throws(QueueError) -> ServiceStatus? {
        try await use { (registry) async throws(QueueError) in try await registry.publish(view, of: service, worker: worker) }
    }

    package func brake(_ service: String) async throws(QueueError) -> ServiceBrake? {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.brake(service) }
    }

    package func putBrake(_ service: String, replacing old: ServiceBrake?, with new: ServiceBrake?, milliseconds: Int)
        async throws(QueueError) -> Bool
    {
        try await use { (registry) async throws(QueueError) in
            try await registry.putBrake(service, replacing: old, with: new, milliseconds: milliseconds)
        }
    }

    package func pinMode() async throws(QueueError) -> PinMode {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.pinMode() }
    }

    package func pins(_ services: [String]) async throws(QueueError) -> [String: [String: ToolPin]] {
        try await use(reads: true) { (registry) async throws(QueueError) in try await registry.pins(services) }
    }

    /// What was approved lies in Redis: nothing of it is brought there later.
    package func setPinMode(_ mode: PinMode) async throws(QueueError) -> Bool {
        if self.mode.usesMemory { throw QueueError(.redis, "Redis is away: nothing can be said of its tools until it is back") }
        return try await redis.setPinMode(mode)
    }

    package func approve(
        _ tools: [PinnedTool],
        of service: String,
        by: String,
        onlyFirst: Bool
    ) async throws(QueueError) -> Bool {
        if mode.usesMemory {
            // What a service offers first, that was added meanwhile.
            if onlyFirst { return try await memory.approve(tools, of: service, by: by, onlyFirst: true) }
            throw QueueError(.redis, "Redis is away: no tool can be approved until it is back")
        }
        return try await redis.approve(tools, of: service, by: by, onlyFirst: onlyFirst)
    }
}
