import MCPStoreQueue

/// What this process knows of the registry of its space: names are resolved in it, without asking Redis.
package struct RegistrySnapshot: Sendable {
    /// Every service, by the name under which it is stored.
    package private(set) var services: [String: SnapshotService] = [:]
    private var views: [Scope: RegistryView] = [:]

    package init() {}

    package init(_ services: [SnapshotService]) {
        for service in services { set(service) }
    }

    /// Adds a service, or puts it in the place of what was known of it.
    package mutating func set(_ service: SnapshotService) {
        let before = services.updateValue(service, forKey: service.id.name)
        for (scope, name) in before?.names ?? [] where !service.names.contains(where: { $0 == (scope, name) }) {
            leave(service.id.name, scope, name)
        }
        for (scope, name) in service.names { views[scope, default: RegistryView()].insert(service, as: name) }
    }

    /// The state changes often and touches no name.
    package mutating func set(_ state: ServiceState?, of service: String) {
        services[service]?.state = state ?? .none
    }

    package mutating func remove(_ service: String) {
        guard let before = services.removeValue(forKey: service) else { return }
        for (scope, name) in before.names { leave(service, scope, name) }
    }

    private mutating func leave(_ service: String, _ scope: Scope, _ name: String) {
        views[scope]?.remove(service, as: name)
        if views[scope]?.isEmpty == true { views[scope] = nil }
    }

    // MARK: What somebody sees

    /// The names that somebody sees.
    package func view(_ scope: Scope) -> RegistryView { views[scope] ?? RegistryView() }

    /// The service that somebody calls `name`.
    package func service(_ name: String, in scope: Scope) -> SnapshotService? {
        views[scope]?.stored(name).flatMap { services[$0] }?.seen(as: name)
    }

    /// The services that somebody sees, in the order of their names.
    package func services(in scope: Scope) -> [SnapshotService] {
        view(scope).names.compactMap { service($0, in: scope) }
    }

    /// Which tool a name means. The hot path.
    package func resolve(_ name: String, service: String?, in scope: Scope) -> ToolResolver.Resolution {
        views[scope]?.tools.resolve(name, service: service) ?? .unknown
    }

    /// Every agent that sees a service, in order.
    package var agents: [String] { views.keys.compactMap(\.agent).sorted() }

    /// All tools of the store's services, service by service in the order of names.
    package var tools: [ToolInfo] { tools(in: .store) }

    /// All tools that somebody sees, service by service in the order of names.
    package func tools(in scope: Scope) -> [ToolInfo] { services(in: scope).flatMap(\.tools) }

    /// The description of a tool.
    package func tool(_ target: CallTarget) -> ToolInfo? {
        services[target.service.name]?.tools.first { $0.name == target.tool }?.seen(as: target.serviceName)
    }

    /// What the queue asks about a service, by its stored name.
    package func hint(_ service: String) -> RedisJobQueue.ServiceHint {
        guard let service = services[service] else { return .init(pool: nil, workers: [], condition: .absent) }
        let workers = service.state.workers
        return .init(
            pool: workers.min { $0.key < $1.key }.map { Pool(prefix: $0.value.pool) },
            workers: workers.filter { $0.value.ring == true }.keys.sorted(),
            condition: ServiceCondition(service.state, hold: service.document.hold)
        )
    }
}
