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

    private func use<Result>(
        _ body: (any Registry) async throws(QueueError) -> Result
    ) async throws(QueueError) -> Result {
        if mode.usesMemory { return try await body(memory) }
        do throws(QueueError) {
            return try await body(redis)
        } catch {
            guard error.code == .redis, await mode.goesOnInMemory() else { throw error }
            return try await body(memory)
        }
    }

    package func put(
        _ services: [(name: String, configuration: ByteBuffer, expected: Int?)],
        by author: String
    ) async throws(QueueError) -> [Int] {
        try await use { (registry) async throws(QueueError) in try await registry.put(services, by: author) }
    }

    package func service(_ name: String) async throws(QueueError) -> ServiceDocument? {
        try await use { (registry) async throws(QueueError) in try await registry.service(name) }
    }

    package func services() async throws(QueueError) -> [ServiceDocument] {
        try await use { (registry) async throws(QueueError) in try await registry.services() }
    }

    package func remove(_ name: String) async throws(QueueError) -> Bool {
        try await use { (registry) async throws(QueueError) in try await registry.remove(name) }
    }

    package func caches(_ names: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await use { (registry) async throws(QueueError) in try await registry.caches(names) }
    }

    package func state(_ name: String) async throws(QueueError) -> ServiceState? {
        try await use { (registry) async throws(QueueError) in try await registry.state(name) }
    }

    package func states(_ names: [String]) async throws(QueueError) -> [String: ServiceState] {
        try await use { (registry) async throws(QueueError) in try await registry.states(names) }
    }

    package func toolKeys() async throws(QueueError) -> [String: ToolKey] {
        try await use { (registry) async throws(QueueError) in try await registry.toolKeys() }
    }

    package func infos(_ toolKeys: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        try await use { (registry) async throws(QueueError) in try await registry.infos(toolKeys) }
    }

    package func stats(_ toolKeys: [String]) async throws(QueueError) -> [String: ToolStats] {
        try await use { (registry) async throws(QueueError) in try await registry.stats(toolKeys) }
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
}
