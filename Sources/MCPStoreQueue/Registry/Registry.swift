import NIOCore

/// The documents of a space: services, what they offer, their states, tools and stats. Redis and memory implement it.
///
/// Everything that changes more than one key is one script or transaction (invariant I5).
package protocol Registry: Sendable {
    /// Writes configurations, all or none. `expected` is the version that must be there: `nil` any, 0 none. A new service begins
    /// with a version that no earlier one of its name has had.
    ///
    /// - Returns: The new versions in order.
    /// - Throws: ``QueueError``: `conflict`, `redis`.
    func put(_ services: [(name: String, configuration: ByteBuffer, expected: Int?)], by: String) async throws(QueueError)
        -> [Int]
    /// Tells a service to pause, to drain, or (`nil`) to go on. Its configuration stays.
    ///
    /// - Parameter expected: The version that must be there.
    /// - Returns: The new version; `nil` where there is no such service.
    /// - Throws: ``QueueError``: `conflict`, `redis`.
    func hold(_ name: String, _ hold: ServiceHold?, expected: Int, by: String) async throws(QueueError) -> Int?
    func service(_ name: String) async throws(QueueError) -> ServiceDocument?
    func services() async throws(QueueError) -> [ServiceDocument]
    /// Removes a service: its documents at once; queued jobs end as `unavailable`, its lanes go when they are empty.
    ///
    /// - Parameter expected: The version that must be there; `nil` any.
    /// - Returns: Whether there was one.
    /// - Throws: ``QueueError``: `conflict`, `redis`.
    func remove(_ name: String, expected: Int?) async throws(QueueError) -> Bool
    /// Raw cache documents by service.
    func caches(_ names: [String]) async throws(QueueError) -> [String: ByteBuffer]
    func state(_ name: String) async throws(QueueError) -> ServiceState?
    func states(_ names: [String]) async throws(QueueError) -> [String: ServiceState]
    /// Every tool key of the space.
    func toolKeys() async throws(QueueError) -> [String: ToolKey]
    /// Raw info documents by tool key.
    func infos(_ toolKeys: [String]) async throws(QueueError) -> [String: ByteBuffer]
    func stats(_ toolKeys: [String]) async throws(QueueError) -> [String: ToolStats]

    /// Publishes what a service offers. Returns the tool keys in order; `nil` when the service was removed.
    func publish(_ tools: [ToolListing], of service: String, cache: ByteBuffer, hash: String) async throws(QueueError)
        -> [String]?
    /// What holds calls of a service back on all workers.
    func brake(_ service: String) async throws(QueueError) -> ServiceBrake?
    /// Puts a brake on a service, replaces it, or (`nil`) takes it off.
    ///
    /// - Parameters:
    ///   - old: What must be there; `nil` nothing.
    ///   - milliseconds: How long it stays where nobody changes it.
    /// - Returns: Whether it was done; else somebody else was first.
    func putBrake(_ service: String, replacing old: ServiceBrake?, with new: ServiceBrake?, milliseconds: Int)
        async throws(QueueError) -> Bool

    /// Publishes a worker's view of a service; `nil` takes it away. Returns the status; `nil` when the service was removed.
    @discardableResult
    func publish(_ view: ServiceView?, of service: String, worker: String) async throws(QueueError) -> ServiceStatus?

    /// What becomes of tools that differ from what was approved.
    func pinMode() async throws(QueueError) -> PinMode
    /// - Returns: Whether it was another one.
    func setPinMode(_ mode: PinMode) async throws(QueueError) -> Bool
    /// What was approved, by service and tool. A service of which nothing was ever approved is absent.
    func pins(_ services: [String]) async throws(QueueError) -> [String: [String: ToolPin]]
    /// Notes what was approved of a service.
    ///
    /// - Parameter onlyFirst: Only where nothing of it was ever approved.
    /// - Returns: Whether it was noted; not where there is no such service.
    func approve(_ tools: [PinnedTool], of service: String, by: String, onlyFirst: Bool) async throws(QueueError) -> Bool
}

extension Registry {
    /// Removes a service, whatever its version.
    package func remove(_ name: String) async throws(QueueError) -> Bool {
        try await remove(name, expected: nil)
    }
}
