import MCPStoreRedis

/// A message to a worker: orders on its control stream, hints on its ring stream, to which every submitter may write. Lost ones are made good when the worker renews its lease.
package enum ControlMessage: Sendable, Equatable {
    /// Its entry was settled by somebody else: cancel the running call.
    case cancel(LaneID, EntryID)
    /// A lane that the worker may not watch has a job.
    case wake(LaneID)
    /// Another worker waits for tokens of a limit, or there are some: the key of ``LimitScope``.
    case tokens(String)
    /// A service is placed on the worker, or taken from it.
    case place(ServiceID)
    case unplace(ServiceID)
    /// Drop the session of a service and start it anew: said in the changes of its space.
    case restart(ServiceID)
    /// Take no new jobs, finish the running ones, leave.
    case drain
    /// Take no new jobs and stay, until ``resume``.
    case rest
    case resume

    /// Whether it orders nothing: what it says shows in Redis too.
    var isHint: Bool {
        switch self {
        case .cancel, .wake, .tokens: true
        case .place, .unplace, .restart, .drain, .rest, .resume: false
        }
    }

    /// `XADD` to the stream that it belongs to; nothing where the worker is gone. It is capped: a worker reads it at once.
    package func command(to worker: String, in pool: Pool) -> RedisCommand {
        let (op, a, b) = fields
        return RedisCommand(
            "XADD",
            isHint ? pool.ring(worker) : pool.control(worker),
            "NOMKSTREAM",
            "MAXLEN",
            "~",
            "10000",
            "*",
            "op",
            op,
            "a",
            a,
            "b",
            b
        )
    }

    private var fields: (String, String, String) {
        switch self {
        case .cancel(let lane, let entry): ("cancel", lane.member, entry.description)
        case .wake(let lane): ("wake", lane.member, "")
        case .tokens(let key): ("tokens", key, "")
        case .place(let service): ("place", service.member, "")
        case .unplace(let service): ("unplace", service.member, "")
        case .restart(let service): ("restart", service.member, "")
        case .drain: ("drain", "", "")
        case .rest: ("rest", "", "")
        case .resume: ("resume", "", "")
        }
    }

    /// Reads an entry; `nil` for what this version does not know (invariant I13).
    package init?(_ entry: StreamReader.Entry) {
        let a = entry.value("a")?.string ?? ""
        switch entry.value("op")?.string {
        case "cancel":
            guard let lane = LaneID(member: a), let id = entry.value("b")?.string else { return nil }
            self = .cancel(lane, EntryID(id, in: lane))
        case "wake":
            guard let lane = LaneID(member: a) else { return nil }
            self = .wake(lane)
        case "tokens": self = .tokens(a)
        case "place":
            guard let service = ServiceID(member: a) else { return nil }
            self = .place(service)
        case "unplace":
            guard let service = ServiceID(member: a) else { return nil }
            self = .unplace(service)
        case "restart":
            guard let service = ServiceID(member: a) else { return nil }
            self = .restart(service)
        case "drain": self = .drain
        case "rest": self = .rest
        case "resume": self = .resume
        default: return nil
        }
    }
}
