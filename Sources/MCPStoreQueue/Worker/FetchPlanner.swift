import DequeModule

/// Decides what a worker reads next: a state machine without I/O (design section 5, "Fetch").
///
/// A worker reads only as many jobs as it has free slots, round-robin over the lanes that are known to hold jobs, interactive
/// ones first, with a quarter of the slots (at least one) kept for interactive work. In between it looks at the other lanes
/// without blocking, so that a lane that never runs dry hides none of them. Only when no lane that it may read is known to
/// hold jobs does it block.
package struct FetchPlanner {
    package enum Step: Equatable, Sendable {
        /// `XREADGROUP COUNT count` of one lane, without blocking.
        case read(LaneID, count: Int)
        /// The same over several lanes that are not known to hold jobs; together they cannot deliver more than is free.
        case probe([LaneID], count: Int)
        /// `XREADGROUP COUNT count BLOCK` over these lanes; together they cannot deliver more than is free.
        case block([LaneID], count: Int)
        /// No slot is free, or no lane is open: wait for ``slotFreed(_:)`` or ``open(_:limit:)``.
        case wait
    }

    private struct Service {
        /// Jobs of the service that run at the same time.
        var limit: Int
        var running = 0
        var isOpen = true
        /// A job of it runs alone: nothing else of it is read.
        var isHeld = false
    }

    /// The most jobs of one read.
    private static let largestRead = 128
    /// Reads of interactive lanes between two probes.
    private static let readsBetweenProbes = 4
    /// Blocking reads after which other lanes have their turn to be watched, even if none of them timed out.
    private static let blocksBetweenRotations = 64

    package let slots: Int
    /// Slots that batch work may use.
    package var batchSlots: Int { slots - max(slots / 4, 1) }
    package private(set) var running = 0
    private var runningBatch = 0
    private var services: [ServiceID: Service] = [:]
    /// Lanes that may hold jobs, in the order in which they are read.
    private var ready: [Lane: Deque<LaneID>] = [.interactive: [], .batch: []]
    private var isReady: Set<LaneID> = []
    /// Lanes of open services, most recently used last.
    private var recent: Deque<LaneID> = []
    /// Lanes that cannot be read for now.
    private var setAside: Set<LaneID> = []
    /// Whether the read under way is of lanes that are not known to hold jobs.
    private var isWatching = false
    private var readsSinceProbe = 0
    private var blocksSinceRotation = 0

    /// Whether lanes have to be looked at to learn that they hold jobs.
    private let looks: Bool

    /// - Parameter looks: Whether lanes have to be looked at to learn that they hold jobs. In memory every submission rings
    ///   (``markReady(_:)``), so that nothing is ever probed or blocked on.
    package init(slots: Int, looks: Bool = true) {
        precondition(slots >= 2, "a worker has at least two slots: one is kept for interactive work")
        self.slots = slots
        self.looks = looks
    }

    // MARK: Services

    /// Reads a service from now on, with at most `limit` of its jobs at a time. Both lanes may hold jobs already.
    package mutating func open(_ service: ServiceID, limit: Int) {
        let old = services[service]
        services[service] = Service(limit: max(limit, 1), running: old?.running ?? 0, isHeld: old?.isHeld ?? false)
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            setAside.remove(id)
            if old?.isOpen != true { recent.prepend(id) }
            markReady(id)
        }
    }

    /// Reads a service no more; its running jobs go on.
    package mutating func close(_ service: ServiceID) {
        guard services[service]?.isOpen == true else { return }
        services[service]?.isOpen = false
        forgetIfDone(service)
        recent.removeAll { $0.service == service }
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            setAside.remove(id)
            unready(id)
        }
    }

    /// Reads nothing of a service until ``release(_:)``: a job of it runs alone.
    package mutating func hold(_ service: ServiceID) { services[service]?.isHeld = true }

    /// Reads a service again that was held.
    package mutating func release(_ service: ServiceID) {
        guard services[service]?.isHeld == true else { return }
        services[service]?.isHeld = false
        for lane in Lane.allCases { markReady(LaneID(service: service, lane: lane)) }
    }

    /// The slots that the jobs of a service have.
    package func occupied(by service: ServiceID) -> Int { services[service]?.running ?? 0 }

    package var openServices: [ServiceID] { services.filter(\.value.isOpen).map(\.key) }

    /// Whether every open lane is watched whenever the worker is idle; otherwise submitters must ring.
    package var watchesAll: Bool { recent.count <= slots / 2 }

    // MARK: Events

    /// A lane may hold jobs: somebody rang.
    package mutating func markReady(_ lane: LaneID) {
        guard services[lane.service]?.isOpen == true, !setAside.contains(lane), isReady.insert(lane).inserted else { return }
        ready[lane.lane, default: []].append(lane)
    }

    /// A read was answered.
    ///
    /// - Parameters:
    ///   - counts: How many jobs each lane delivered.
    ///   - lanes: The lanes that were read.
    ///   - requested: The COUNT of the read: a lane that delivered as many may hold more.
    package mutating func received(_ counts: [LaneID: Int], from lanes: [LaneID], requested: Int) {
        let total = counts.values.reduce(0, +)
        for lane in lanes {
            let count = counts[lane] ?? 0
            started(lane, count)
            unready(lane)
            // A full answer: there may be more, after the others had their turn.
            if count >= requested { markReady(lane) }
        }
        if isWatching, total == 0 || blocksSinceRotation >= Self.blocksBetweenRotations { rotate(lanes) }
    }

    /// A read was refused by the server. Which of several lanes is to blame shows when they are read one by one; one lane
    /// alone is set aside until ``retry(_:)``.
    package mutating func failed(_ lanes: [LaneID]) {
        for lane in lanes where lanes.count > 1 { markReady(lane) }
        guard lanes.count == 1 else { return }
        unready(lanes[0])
        setAside.insert(lanes[0])
    }

    /// Reads a lane again that was set aside.
    package mutating func retry(_ lane: LaneID) {
        guard setAside.remove(lane) != nil else { return }
        markReady(lane)
    }

    /// A job of the lane ended, moved or was given back.
    package mutating func slotFreed(_ lane: LaneID) {
        running -= 1
        if lane.lane == .batch { runningBatch -= 1 }
        services[lane.service]?.running -= 1
        forgetIfDone(lane.service)
    }

    /// Jobs that came another way, such as those found in the pending list after a reconnect.
    package mutating func adopted(_ lane: LaneID) { started(lane, 1) }

    private mutating func started(_ lane: LaneID, _ count: Int) {
        guard count > 0 else { return }
        running += count
        if lane.lane == .batch { runningBatch += count }
        // A service that was closed while the read was under way is counted until its jobs are gone.
        services[lane.service, default: Service(limit: 1, isOpen: false)].running += count
        if let index = recent.lastIndex(of: lane), index != recent.endIndex - 1 {
            recent.remove(at: index)
            recent.append(lane)
        }
    }

    private mutating func forgetIfDone(_ service: ServiceID) {
        guard let state = services[service], !state.isOpen, state.running <= 0 else { return }
        services[service] = nil
    }

    private mutating func unready(_ lane: LaneID) {
        guard isReady.remove(lane) != nil, let index = ready[lane.lane]?.firstIndex(of: lane) else { return }
        ready[lane.lane]?.remove(at: index)
    }

    /// Where not all lanes can be watched at once, the less recent half of the watched ones gives way to others.
    private mutating func rotate(_ watched: [LaneID]) {
        blocksSinceRotation = 0
        guard watched.count < recent.count else { return }
        let set = Set(watched)
        var yielding: [LaneID] = []
        for lane in recent where set.contains(lane) {
            yielding.append(lane)
            if yielding.count >= (watched.count + 1) / 2 { break }
        }
        for lane in yielding {
            guard let index = recent.firstIndex(of: lane) else { continue }
            recent.remove(at: index)
            recent.prepend(lane)
        }
    }

    // MARK: The plan

    /// Whether a lane that is known to hold jobs can be read now.
    package var hasReadableLane: Bool {
        Lane.allCases.contains { kind in ready[kind]?.contains { room($0) > 0 } ?? false }
    }

    /// What to read now.
    package mutating func next() -> Step {
        isWatching = false
        let free = slots - running
        guard free > 0 else { return .wait }
        for kind in Lane.allCases {
            guard let lanes = ready[kind], let lane = lanes.first(where: { room($0) > 0 }) else { continue }
            // Interactive work may have come while only batch lanes were read, and work of others while one lane was.
            if looks, readsSinceProbe >= (kind == .batch ? 1 : Self.readsBetweenProbes),
                let probe = watch(kind == .batch ? .interactive : nil)
            {
                readsSinceProbe = 0
                isWatching = true
                return .probe(probe.lanes, count: probe.count)
            }
            readsSinceProbe += 1
            // What is free is shared by the lanes that wait for it.
            let share = max((free + lanes.count - 1) / lanes.count, 1)
            return .read(lane, count: min(room(lane), share))
        }
        guard looks, let watch = watch(nil) else { return .wait }
        readsSinceProbe = 0
        isWatching = true
        blocksSinceRotation += 1
        return .block(watch.lanes, count: watch.count)
    }

    /// Lanes to look at together, the most recently used ones, and a COUNT with which they cannot deliver more than there is
    /// room for: COUNT is per stream.
    private func watch(_ kind: Lane?) -> (lanes: [LaneID], count: Int)? {
        let free = slots - running
        let most = min(free, max(slots / 2, 1))
        var lanes: [LaneID] = []
        var perService: [ServiceID: Int] = [:]
        var batch = 0
        for lane in recent.reversed() where kind == nil || lane.lane == kind {
            if lanes.count == most { break }
            guard !isReady.contains(lane), !setAside.contains(lane), room(lane) > perService[lane.service] ?? 0 else { continue }
            if lane.lane == .batch {
                guard batchSlots - runningBatch > batch else { continue }
                batch += 1
            }
            perService[lane.service, default: 0] += 1
            lanes.append(lane)
        }
        guard !lanes.isEmpty else { return nil }
        var count = min(free / lanes.count, Self.largestRead)
        if batch > 0 { count = min(count, (batchSlots - runningBatch) / batch) }
        for lane in lanes { count = min(count, serviceRoom(lane.service) / (perService[lane.service] ?? 1)) }
        // Interactive lanes first: Redis serves the first that holds something.
        let ordered = lanes.filter { $0.lane == .interactive } + lanes.filter { $0.lane == .batch }
        return (ordered, max(count, 1))
    }

    private func serviceRoom(_ id: ServiceID) -> Int {
        guard let service = services[id], service.isOpen, !service.isHeld else { return 0 }
        return service.limit - service.running
    }

    /// How many jobs of a lane may be started now.
    private func room(_ lane: LaneID) -> Int {
        let free = lane.lane == .batch ? min(slots - running, batchSlots - runningBatch) : slots - running
        return min(free, serviceRoom(lane.service), Self.largestRead)
    }
}
