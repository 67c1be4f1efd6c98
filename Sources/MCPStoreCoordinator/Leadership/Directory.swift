import MCPStoreQueue
import NIOConcurrencyHelpers

/// What the leader knows of the services of its pool, as its last look at the placement left it. Written by
/// ``PlacementDuty``, read by the other duties.
final class Directory: Sendable {
    private struct State {
        var services: [ServiceID] = []
        var hosts: [ServiceID: [String]] = [:]
    }

    private let state = NIOLockedValueBox<State?>(nil)

    init() {}

    /// The services of the pool in a fixed order; `nil` before the first look.
    var services: [ServiceID]? { state.withLockedValue { $0?.services } }

    /// The workers on which a service is placed.
    func hosts(of service: ServiceID, _ pool: RedisPool) async throws(QueueError) -> [String] {
        if let known = state.withLockedValue({ $0 }) { return known.hosts[service] ?? [] }
        return try await pool.placement()[service] ?? []
    }

    func update(services: [ServiceID], hosts: [ServiceID: [String]]) {
        state.withLockedValue { $0 = State(services: services, hosts: hosts) }
    }
}
