import DequeModule

/// Decides what a worker reads next: a state machine without I/O (design section 5, "Fetch").
///
/// A worker reads only as many jobs as it has free slots, one stream at a time and round-robin, the interactive lane of a
/// service first, with a quarter of the slots (at least one) kept for interactive work. Only when no lane is known to hold
/// jobs does it block, on no more lanes than it has free slots.
package struct FetchPlanner {
    package enum Step: Equatable, Sendable {
        /// `XREADGROUP COUNT count` of one lane, without blocking.
        case read(LaneID, count: Int)
        /// `XREADGROUP COUNT count BLOCK` over these lanes; together they cannot deliver more than the free slots.
        case block([LaneID], count: Int)
        /// No slot is free, or no lane is open: wait for ``slotFreed(_:)`` or ``open(_:limit:)``.
        case wait
    }

    private struct Service {
        /// Jobs of the service that run at the same time.
        var limit: Int
        var running = 0
        var isOpen = true
    }

    package let slots: Int
    /// Slots that batch work may use.
    package var batchSlots: Int { slots - max(slots / 4, 1) }
    package private(set) var running = 0
    private var runningBatch = 0
    private var services: [ServiceID: Service] = [:]
    /// Lanes that may hold jobs, in the order in which they are read.
    private var ready: Deque<LaneID> = []
    private var isReady: Set<LaneID> = []
    /// Lanes to block on, most recently used last.
    private var recent: [LaneID] = []

    package init(slots: Int) {
        precondition(slots >= 2, "a worker has at least two slots: one is kept for interactive work")
        self.slots = slots
    }

    // MARK: Services

    /// Reads a service from now on, with at most `limit` of its jobs at a time. Both lanes may hold jobs already.
    package mutating func open(_ service: ServiceID, limit: Int) {
        let running = services[service]?.running ?? 0
        services[service] = Service(limit: max(limit, 1), running: running, isOpen: true)
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            if !recent.contains(id) { recent.insert(id, at: 0) }
            markReady(id)
        }
    }

    /// Reads a service no more; its running jobs go on.
    package mutating func close(_ service: ServiceID) {
        services[service]?.isOpen = false
        if services[service]?.running == 0 { services[service] = nil }
        recent.removeAll { $0.service == service }
        isReady = isReady.filter { $0.service != service }
        ready.removeAll { $0.service == service }
    }

    package var openServices: [ServiceID] { services.filter(\.value.isOpen).map(\.key) }

    /// Whether every open lane is watched whenever the worker is idle; otherwise submitters must ring.
    package var watchesAll: Bool { recent.count <= slots / 2 }

    // MARK: Events

    /// A lane may hold jobs: somebody rang.
    package mutating func markReady(_ lane: LaneID) {
        guard services[lane.service]?.isOpen == true, isReady.insert(lane).inserted else { return }
        // Interactive work first: in front of every batch lane.
        if lane.lane == .interactive, let firstBatch = ready.firstIndex(where: { $0.lane == .batch }) {
            ready.insert(lane, at: firstBatch)
        } else {
            ready.append(lane)
        }
    }

    /// A read of one lane was answered.
    package mutating func received(_ lane: LaneID, count: Int, requested: Int) {
        started(lane, count)
        unready(lane)
        // A full answer: there may be more, after the others had their turn.
        if count >= requested { markReady(lane) }
    }

    /// A blocking read was answered; lanes that delivered may hold more.
    package mutating func unblocked(_ counts: [LaneID: Int]) {
        for (lane, count) in counts {
            started(lane, count)
            if count > 0 { markReady(lane) }
        }
    }

    /// A job of the lane ended, moved or was given back.
    package mutating func slotFreed(_ lane: LaneID) {
        running -= 1
        if lane.lane == .batch { runningBatch -= 1 }
        services[lane.service]?.running -= 1
        if let service = services[lane.service], !service.isOpen, service.running == 0 { services[lane.service] = nil }
    }

    /// Jobs that came another way, such as those found in the pending list after a reconnect.
    package mutating func adopted(_ lane: LaneID) { started(lane, 1) }

    private mutating func started(_ lane: LaneID, _ count: Int) {
        guard count > 0 else { return }
        running += count
        if lane.lane == .batch { runningBatch += count }
        services[lane.service]?.running += count
        if let index = recent.firstIndex(of: lane), index != recent.count - 1 {
            recent.remove(at: index)
            recent.append(lane)
        }
    }

    private mutating func unready(_ lane: LaneID) {
        guard isReady.remove(lane) != nil else { return }
        ready.removeAll { $0 == lane }
    }

    // MARK: The plan

    /// What to read now.
    package mutating func next() -> Step {
        guard running < slots else { return .wait }
        for _ in 0..<ready.count {
            let lane = ready[0]
            let room = room(lane)
            // A lane without room keeps its turn until there is some.
            ready.removeFirst()
            ready.append(lane)
            if room > 0 { return .read(lane, count: room) }
        }
        let free = slots - running
        let open = recent.reversed().filter { room($0) > 0 && !isReady.contains($0) }
        let watched = open.prefix(max(free / 2, 1))
        guard !watched.isEmpty else { return .wait }
        // COUNT is per stream: no answer may hold more jobs than any of these lanes has room for.
        let count = max(min(free / watched.count, watched.map { room($0) }.min() ?? 1, 128), 1)
        return .block(watched.sorted { $0.lane == .interactive && $1.lane == .batch }, count: safe(count, watched.count))
    }

    /// How many jobs of a lane may be started now.
    private func room(_ lane: LaneID) -> Int {
        guard let service = services[lane.service], service.isOpen else { return 0 }
        let free = lane.lane == .batch ? min(slots - running, batchSlots - runningBatch) : slots - running
        return min(free, service.limit - service.running, 128)
    }

    /// With both lanes of a service or several batch lanes watched, a joint limit could be passed; then one at a time.
    private func safe(_ count: Int, _ lanes: Int) -> Int {
        lanes == 1 ? count : max(count / 2, 1)
    }
}
