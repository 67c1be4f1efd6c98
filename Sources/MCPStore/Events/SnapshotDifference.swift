import MCPStoreQueue

/// Services before and after a read of the registry: those that may have changed, by stored name.
struct SnapshotDifference {
    var before: [String: SnapshotService] = [:]
    var after: [String: SnapshotService] = [:]

    /// What has changed for somebody, in the order of names.
    func events(in scope: Scope) -> [StoreEvent] {
        let (old, new) = (Self.visible(before, scope), Self.visible(after, scope))
        return Set(old.keys).union(new.keys).sorted().flatMap { name in
            Self.events(name, old[name], new[name], scope)
        }
    }

    private static func visible(_ services: [String: SnapshotService], _ scope: Scope) -> [String: SnapshotService] {
        var result: [String: SnapshotService] = [:]
        for stored in services.keys.sorted() {
            guard let service = services[stored], let name = service.names.first(where: { $0.scope == scope })?.name else {
                continue
            }
            // Of two with one name the first stored one counts (``RegistryView``).
            if result[name] == nil { result[name] = service }
        }
        return result
    }

    private static func events(_ name: String, _ old: SnapshotService?, _ new: SnapshotService?, _ scope: Scope) -> [StoreEvent] {
        guard let new else { return [.serviceRemoved(service: name)] }
        var events: [StoreEvent] = []
        if let old {
            if old.id != new.id || configuration(old, scope) != configuration(new, scope) {
                events.append(.serviceChanged(service: name))
            }
        } else {
            events.append(.serviceAdded(service: name))
        }
        let state = old?.state ?? .none
        if state.status != new.state.status || state.reason != new.state.reason {
            events.append(.stateChanged(service: name, status: new.state.status.rawValue, reason: new.state.reason))
        }
        if (old?.offers.hash ?? "") != new.offers.hash { events.append(.toolsChanged(service: name)) }
        return events
    }

    /// That other agents come and go changes nothing for one of them.
    private static func configuration(_ service: SnapshotService, _ scope: Scope) -> JSONValue? {
        var members = JSONMembers.read(service.document.configuration)?.objectValue
        if scope.agent != nil { members?["agents"] = nil }
        return members.map { .object($0) }
    }
}
