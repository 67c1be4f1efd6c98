import MCPStoreRedis

/// What happens in a pool: entries of its `events` stream, which coordinators follow.
package enum PoolEvent: Sendable, Equatable {
    case workerJoined(String)
    case workerLeft(String)
    /// A service of the pool was added, changed or removed.
    case serviceChanged(ServiceID)
    /// A job of the space was delayed until then (milliseconds by Redis' clock).
    case delayed(Space, due: Int)

    /// About how many entries the stream keeps; coordinators that miss some look at everything anew.
    package static let kept = 10_000

    package init?(_ entry: StreamReader.Entry) {
        let a = entry.value("a")?.string ?? ""
        switch entry.value("event")?.string {
        case "joined": self = .workerJoined(a)
        case "left": self = .workerLeft(a)
        case "service":
            guard let service = ServiceID(member: a) else { return nil }
            self = .serviceChanged(service)
        case "delayed":
            guard let space = Space(a), let due = entry.value("b")?.integer else { return nil }
            self = .delayed(space, due: due)
        default: return nil
        }
    }
}
