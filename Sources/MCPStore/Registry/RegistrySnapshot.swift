import MCPStoreQueue

/// What this process knows of the registry of its space: names are resolved in it, without asking Redis.
package struct RegistrySnapshot: Sendable {
    package private(set) var services: [String: SnapshotService] = [:]
    private var targets: [String: [CallTarget]] = [:]
    package private(set) var resolver = ToolResolver()

    package init() {}

    package init(_ services: [SnapshotService]) {
        for service in services { set(service) }
    }

    /// Adds a service, or puts it in the place of what was known of it.
    package mutating func set(_ service: SnapshotService) {
        remove(service.id.name)
        let made = service.targets
        for target in made { resolver.insert(target) }
        targets[service.id.name] = made
        services[service.id.name] = service
    }

    /// The state changes often and touches no name.
    package mutating func set(_ state: ServiceState?, of service: String) {
        services[service]?.state = state ?? .none
    }

    package mutating func remove(_ service: String) {
        guard services.removeValue(forKey: service) != nil else { return }
        for target in targets.removeValue(forKey: service) ?? [] { resolver.remove(target) }
    }

    /// All tools, service by service in the order of names.
    package var tools: [ToolInfo] {
        services.keys.sorted().flatMap { services[$0]?.tools ?? [] }
    }

    /// The description of a tool.
    package func tool(_ target: CallTarget) -> ToolInfo? {
        services[target.service.name]?.tools.first { $0.name == target.tool }
    }

    /// What the queue asks about a service.
    package func hint(_ service: String) -> RedisJobQueue.ServiceHint {
        guard let state = services[service]?.state else {
            return .init(pool: nil, trouble: "there is no such service", workers: [])
        }
        let pool = state.workers.min { $0.key < $1.key }.map { Pool(prefix: $0.value.pool) }
        let trouble = state.status.isReady ? nil : state.trouble
        return .init(pool: pool, trouble: trouble, workers: state.workers.filter { $0.value.ring == true }.keys.sorted())
    }
}
