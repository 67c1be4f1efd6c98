import DequeModule

/// The lanes of open services in the order in which they were used: a state machine without I/O, and part of ``FetchPlanner``.
struct LaneRecency {
    /// How long a lane counts as in use after a job, in microseconds: longer than submitters take it for warm after their last
    /// job (``LaneGauges/cold``) and the longest read together.
    private static let inUseFor = 15_000_000

    /// So many lanes are watched whether they are in use or not: what one lane can bring in a read is what is free, shared by all that are
    /// watched, and each costs Redis.
    static let few = 8

    /// Most recently used last.
    private(set) var lanes: Deque<LaneID> = []
    /// When a lane last delivered a job.
    private var used: [LaneID: Int] = [:]
    /// The time of the last step, in microseconds.
    var now = 0

    /// Whether one of the lanes that were used last is in use: where there are few, all are looked at.
    var hasInUse: Bool { lanes.suffix(Self.few).contains(where: isInUse) }

    func isInUse(_ lane: LaneID) -> Bool { used[lane].map { now - $0 < Self.inUseFor } ?? false }

    /// A lane that was never used.
    mutating func add(_ lane: LaneID) { lanes.prepend(lane) }

    mutating func remove(_ service: ServiceID) {
        lanes.removeAll { $0.service == service }
        for lane in Lane.allCases { used[LaneID(service: service, lane: lane)] = nil }
    }

    /// A lane has delivered jobs.
    mutating func use(_ lane: LaneID) {
        used[lane] = now
        guard let index = lanes.lastIndex(of: lane), index != lanes.endIndex - 1 else { return }
        lanes.remove(at: index)
        lanes.append(lane)
    }

    /// Where only some lanes are watched, the less recent half of those that are not in use gives way to others.
    mutating func rotate(_ watched: [LaneID]) {
        guard watched.count < lanes.count else { return }
        let quiet = Set(watched.filter { !isInUse($0) })
        moveBack(lanes.filter(quiet.contains).prefix((quiet.count + 1) / 2))
    }

    /// Others have their turn before these lanes: those in use come behind the others in use, the rest behind all. Where there are few lanes
    /// all come behind all.
    mutating func moveBack(_ some: some Sequence<LaneID>) {
        let moved = Set(some)
        guard !moved.isEmpty else { return }
        if lanes.count <= Self.few {
            lanes = Deque(lanes.filter(moved.contains) + lanes.filter { !moved.contains($0) })
            return
        }
        let others = lanes.filter { !moved.contains($0) }
        let used = others.lastIndex { !isInUse($0) }.map { $0 + 1 } ?? 0
        let (back, front) = (
            lanes.filter { moved.contains($0) && !isInUse($0) }, lanes.filter { moved.contains($0) && isInUse($0) }
        )
        lanes = Deque(back)
        lanes.append(contentsOf: others[..<used])
        lanes.append(contentsOf: front)
        lanes.append(contentsOf: others[used...])
    }
}
