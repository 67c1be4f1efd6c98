import MCPStoreQueue

/// Reads the registry into a snapshot: all of it, or what has changed.
struct SnapshotLoader: Sendable {
    let space: Space
    let registry: any Registry

    /// What one read found, to be put into the snapshot at once.
    enum Update {
        case everything(RegistrySnapshot)
        case parts([(String, Part)])
    }

    enum Part {
        case service(SnapshotService)
        case state(ServiceState?)
        case removed
    }

    /// - Throws: ``QueueError`` (`redis`).
    func load(_ changes: SnapshotChanges) async throws(QueueError) -> Update {
        if changes.isEverything { return .everything(try await everything()) }
        let states = try await registry.states(Array(changes.services.keys))
        let changed = changes.services.filter { $0.value != .state }.map(\.key)
        // Tools and their keys are published together: read in this order, no tool is seen without its key.
        let caches = try await registry.caches(changed)
        let keys = changed.isEmpty ? [:] : try await registry.toolKeys()
        let pins = try await pins(of: changed)
        var parts: [(String, Part)] = changes.services.filter { $0.value == .state }.map { ($0.key, .state(states[$0.key])) }
        for name in changed {
            guard let document = try await registry.service(name) else {
                parts.append((name, .removed))
                continue
            }
            let mine = Dictionary(keys.filter { $0.value.service == name }.map { ($0.value.tool, $0.key) }) { $1 }
            let offers = ServiceOffers(caches[name], of: name, keys: mine)
            let service = SnapshotService(
                space: space,
                document: document,
                state: states[name],
                offers: offers,
                pins: ServicePins(mode: pins.mode, tools: pins.tools[name])
            )
            parts.append((name, .service(service)))
        }
        return .parts(parts)
    }

    private func everything() async throws(QueueError) -> RegistrySnapshot {
        let documents = try await registry.services()
        let names = documents.map(\.name)
        let caches = try await registry.caches(names)
        let states = try await registry.states(names)
        let pins = try await pins(of: names)
        var keys: [String: [String: String]] = [:]
        for (key, owner) in try await registry.toolKeys() { keys[owner.service, default: [:]][owner.tool] = key }
        return RegistrySnapshot(
            documents.map { document in
                let offers = ServiceOffers(caches[document.name], of: document.name, keys: keys[document.name] ?? [:])
                return SnapshotService(
                    space: space,
                    document: document,
                    state: states[document.name],
                    offers: offers,
                    pins: ServicePins(mode: pins.mode, tools: pins.tools[document.name])
                )
            }
        )
    }

    private func pins(of services: [String]) async throws(QueueError) -> (mode: PinMode, tools: [String: [String: ToolPin]]) {
        guard !services.isEmpty else { return (.off, [:]) }
        let mode = try await registry.pinMode()
        return (mode, mode == .off ? [:] : try await registry.pins(services))
    }
}
