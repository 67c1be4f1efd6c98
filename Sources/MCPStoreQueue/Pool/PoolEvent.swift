import MCPStoreRedis

/// What happens in a pool: entries of its `events` stream, which coordinators follow.
package enum PoolEvent: Sendable, Equatable {
    case workerJoined(String)
    case workerLeft(String)
    /// A service of the pool was added, changed or removed. `preferred` is the value of the label ``WorkerRecord/storeLabel``
    /// of the worker that is to have it where nobody has it yet; a preference that is lost means another place only.
    case serviceChanged(ServiceID, preferred: String? = nil)
    /// A job of the space was delayed until then (milliseconds by Redis' clock).
    case delayed(Space, due: Int)

    /// About how many entries the stream keeps; coordinators that miss some look at everything anew.
    package static let kept = 10_000

    /// The `XADD` that says it.
    ///
    /// - Parameter creates: Whether the stream is made where nobody has written to it yet.
    package func command(in pool: Pool, creates: Bool = true) -> RedisCommand {
        let (name, a, b) = fields
        var command = RedisCommand("XADD", argumentCapacity: 256)
        command.append(pool.events)
        if !creates { command.append("NOMKSTREAM") }
        for text in ["MAXLEN", "~", String(Self.kept), "*", "event", name, "a", a, "b", b] { command.append(text) }
        return command
    }

    private var fields: (String, String, String) {
        switch self {
        case .workerJoined(let id): ("joined", id, "")
        case .workerLeft(let id): ("left", id, "")
        case .serviceChanged(let service, let preferred): ("service", service.member, preferred ?? "")
        case .delayed(let space, let due): ("delayed", space.description, String(due))
        }
    }

    package init?(_ entry: StreamReader.Entry) {
        let a = entry.value("a")?.string ?? ""
        switch entry.value("event")?.string {
        case "joined": self = .workerJoined(a)
        case "left": self = .workerLeft(a)
        case "service":
            guard let service = ServiceID(member: a) else { return nil }
            let b = entry.value("b")?.string ?? ""
            self = .serviceChanged(service, preferred: b.isEmpty ? nil : b)
        case "delayed":
            guard let space = Space(a), let due = entry.value("b")?.integer?.plausible else { return nil }
            self = .delayed(space, due: due)
        default: return nil
        }
    }
}
