import NIOCore

/// The registry of one space in memory. It never fails other than by `conflict`.
package struct MemoryRegistry: Registry {
    let hub: MemorySpace

    package init(_ hub: MemorySpace) { self.hub = hub }

    package func put(
        _ services: [(name: String, configuration: ByteBuffer, expected: Int?)],
        by author: String
    ) async throws(QueueError) -> [Int] {
        try await hub.put(services, by: author)
    }

    package func hold(_ name: String, _ hold: ServiceHold?, expected: Int, by: String) async throws(QueueError) -> Int? {
        try await hub.hold(name, hold, expected: expected, by: by)
    }

    package func service(_ name: String) async throws(QueueError) -> ServiceDocument? { await hub.documents.services[name] }

    package func services() async throws(QueueError) -> [ServiceDocument] {
        await hub.documents.services.values.sorted { $0.name < $1.name }
    }

    package func remove(_ name: String, expected: Int?) async throws(QueueError) -> Bool {
        try await hub.remove(name, expected: expected)
    }

    package func caches(_ names: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        Self.pick(names, from: await hub.documents.caches)
    }

    package func state(_ name: String) async throws(QueueError) -> ServiceState? { await hub.documents.states[name] }

    package func states(_ names: [String]) async throws(QueueError) -> [String: ServiceState] {
        Self.pick(names, from: await hub.documents.states)
    }

    package func toolKeys() async throws(QueueError) -> [String: ToolKey] { await hub.documents.toolKeys }

    package func infos(_ toolKeys: [String]) async throws(QueueError) -> [String: ByteBuffer] {
        Self.pick(toolKeys, from: await hub.documents.infos)
    }

    package func stats(_ toolKeys: [String]) async throws(QueueError) -> [String: ToolStats] {
        Self.pick(toolKeys, from: await hub.documents.stats)
    }

    package func publish(
        _ tools: [ToolListing],
        of service: String,
        cache: ByteBuffer,
        hash: String
    ) async throws(QueueError) -> [String]? {
        await hub.publish(tools, of: service, cache: cache, hash: hash)
    }

    @discardableResult
    package func publish(_ view: ServiceView?, of service: String, worker: String) async throws(QueueError) -> ServiceStatus? {
        await hub.publish(view, of: service, worker: worker)
    }

    package func brake(_ service: String) async throws(QueueError) -> ServiceBrake? { await hub.brakes[service] }

    package func putBrake(_ service: String, replacing old: ServiceBrake?, with new: ServiceBrake?, milliseconds: Int)
        async throws(QueueError) -> Bool
    { await hub.put(brake: new, on: service, replacing: old) }

    private static func pick<Value>(_ names: [String], from all: [String: Value]) -> [String: Value] {
        var result: [String: Value] = [:]
        for name in names { result[name] = all[name] }
        return result
    }
}
