import DequeModule

/// Decides what a worker reads next: a state machine without I/O (design section 5, "Fetch").
///
/// A worker reads only as many jobs as it has free slots, round-robin over the lanes that are known to hold jobs, interactive
/// ones first, with a quarter of the slots (at least one) kept for interactive work, and a quarter of what a service may run at the
/// same time. In between it looks at the other lanes
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
        var runningBatch = 0
        var isOpen = true
        /// A job of it runs alone: nothing else of it is read.
        var isHeld = false
        /// How many more jobs may be started by a limit over the whole cluster; `nil`: there is none.
        var allowance: Int?

        /// How many batch jobs of it may run: calls that last for an hour must leave room for those of people. Of one that runs very few
        /// at a time nothing can be kept.
        var batchLimit: Int { limit < FetchPlanner.fewestShared ? limit : limit - max(limit / 4, 1) }

        /// Whether batch work has all that it may have, and interactive work has not.
        var isBatchFull: Bool { batchLimit < limit && runningBatch >= batchLimit }
    }

    /// A service that runs fewer calls at a time keeps none of them for interactive work.
    private static let fewestShared = 4

    /// So many of the lanes that are ready are compared for whose turn it is.
    private static let compared = 64
    /// The most jobs of one read.
    private static let largestRead = 128
    /// Reads of interactive lanes between two probes.
    private static let readsBetweenProbes = 4
    /// Microseconds after which other lanes have their turn, even if no read timed out.
    private static let rotateEvery = 1_000_000
    /// Lanes that were left out have their turn after so many microseconds for each lane that is open: a hundredth of the time goes into it.
    private static let orderPerLane = 5
    /// Of the others, so many are looked at once a second: should a ring be lost, their jobs are found all the same.
    private static let quietAtOnce = 64
    /// Of lanes that are no longer in use so many are passed over on the way to others that are.
    private static let passedOver = 16

    package let slots: Int
    /// Slots that batch work may use.
    package var batchSlots: Int { slots - max(slots / 4, 1) }
    package private(set) var running = 0
    private var runningBatch = 0
    private var services: [ServiceID: Service] = [:]
    private var tenants = TenantShares()
    /// Lanes that may hold jobs, in the order in which they are read.
    private var ready: [Lane: Deque<LaneID>] = [.interactive: [], .batch: []]
    private var isReady: Set<LaneID> = []
    private var recent = LaneRecency()
    /// Lanes that cannot be read for now.
    private var setAside: Set<LaneID> = []
    /// Whether the read under way is of lanes that are not known to hold jobs.
    private var isWatching = false
    private var isLookingAtQuiet = false
    /// Whether the read under way leaves out lanes for which there was no room.
    private var isCut = false
    private var readsSinceProbe = 0
    /// Reads of batch lanes since a probe of all lanes.
    private var batchReads = 0
    private var rotated = 0
    /// When the quiet lanes were looked at.
    private var lookedAtQuiet = 0
    /// Whether the last step leaves out lanes that are in use: it must not block for long.
    package private(set) var isCrowded = false

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
        let isNew = old?.isOpen != true
        if isNew { tenantOpened(service.space.namespace, 1) }
        services[service] = Service(
            limit: max(limit, 1),
            running: old?.running ?? 0,
            runningBatch: old?.runningBatch ?? 0,
            isHeld: old?.isHeld ?? false,
            allowance: old?.allowance
        )
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            setAside.remove(id)
            if isNew { recent.add(id) }
            markReady(id)
        }
    }

    /// Reads a service no more; its running jobs go on.
    package mutating func close(_ service: ServiceID) {
        guard services[service]?.isOpen == true else { return }
        services[service]?.isOpen = false
        tenantOpened(service.space.namespace, -1)
        forgetIfDone(service)
        recent.remove(service)
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            setAside.remove(id)
            unready(id)
        }
    }

    /// How namespaces share the slots where they want more than there are; 1 for those that are not named.
    package mutating func setWeights(_ weights: [String: Double]) { tenants.setWeights(weights) }

    private mutating func tenantOpened(_ namespace: String, _ change: Int) {
        tenants.opened(namespace, change) { [services] in services.map { ($0.key.space.namespace, $0.value.running) } }
    }

    /// Reads nothing of a service until ``release(_:)``: a job of it runs alone.
    package mutating func hold(_ service: ServiceID) { services[service]?.isHeld = true }

    /// Reads a service again that was held.
    package mutating func release(_ service: ServiceID) {
        guard services[service]?.isHeld == true else { return }
        services[service]?.isHeld = false
        for lane in Lane.allCases { markReady(LaneID(service: service, lane: lane)) }
    }

    /// Sets how many more jobs of a service may be started by limits over the whole cluster.
    ///
    /// - Returns: The services whose lanes may be read and could not be read before: of a namespace several.
    package mutating func allow(_ service: ServiceID, _ room: ReadRoom) -> [ServiceID] {
        guard services[service]?.isOpen == true else { return [] }
        let namespace = service.space.namespace
        func opens(_ old: Int?, _ new: Int?) -> Bool { old.map { $0 <= 0 } ?? false && new.map { $0 > 0 } ?? true }
        let (own, shared) = (
            opens(services[service]?.allowance, room.service), opens(tenants.allowance(namespace), room.tenant)
        )
        services[service]?.allowance = room.service
        tenants.allow(namespace, room.tenant)
        let opened = shared ? openServices.filter { $0.space.namespace == namespace } : own ? [service] : []
        for service in opened { for lane in Lane.allCases { markReady(LaneID(service: service, lane: lane)) } }
        return opened
    }

    /// Whether a job of a lane could be started that is here already.
    package func hasSlot(for lane: LaneID) -> Bool {
        guard let service = services[lane.service], service.isOpen, !service.isHeld, service.running < service.limit else {
            return false
        }
        guard running < slots else { return false }
        return lane.lane == .interactive || runningBatch < batchSlots && service.runningBatch < service.batchLimit
    }

    /// The slots that the jobs of a service have.
    package func occupied(by service: ServiceID) -> Int { services[service]?.running ?? 0 }

    package var openServices: [ServiceID] { services.filter(\.value.isOpen).map(\.key) }

    /// Whether every open lane is watched whenever the worker is idle; otherwise submitters must ring.
    ///
    /// Of a service that may start one job both lanes together could bring two: they are watched in turn.
    package var watchesAll: Bool {
        watchesFew && !tenants.isLimited
            && !services.values.contains { $0.isOpen && ($0.limit < Lane.allCases.count || $0.allowance != nil) }
    }

    /// Whether the lanes are so few that they are watched whether they are in use or not.
    private var watchesFew: Bool { recent.lanes.count <= min(slots / 2, LaneRecency.few) }

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
        if isLookingAtQuiet || isWatching && isCut {
            // Those that were left out have their turn, at once: what is free may be few for long. The more lanes there are, the longer
            // it takes to put them in order, and the less often that is done.
            if isLookingAtQuiet || recent.now - rotated >= recent.lanes.count * Self.orderPerLane {
                recent.moveBack(lanes.filter { counts[$0] ?? 0 == 0 })
                if isWatching { rotated = recent.now }
            }
        } else if isWatching, total == 0 || recent.now - rotated >= Self.rotateEvery {
            rotated = recent.now
            recent.rotate(lanes)
        }
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
        services[lane.service]?.running -= 1
        if lane.lane == .batch {
            // Where batch work had all that it may have beside interactive work, nobody has looked at its lanes.
            let wasFull = runningBatch >= batchSlots || services[lane.service]?.isBatchFull == true
            runningBatch -= 1
            services[lane.service]?.runningBatch -= 1
            if wasFull { markReady(lane) }
        }
        tenants.ended(lane.service.space.namespace)
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
        if lane.lane == .batch { services[lane.service]?.runningBatch += count }
        if let allowance = services[lane.service]?.allowance { services[lane.service]?.allowance = max(allowance - count, 0) }
        tenants.started(lane.service.space.namespace, count)
        recent.use(lane)
    }

    private mutating func forgetIfDone(_ service: ServiceID) {
        guard let state = services[service], !state.isOpen, state.running <= 0 else { return }
        services[service] = nil
    }

    private mutating func unready(_ lane: LaneID) {
        guard isReady.remove(lane) != nil, let index = ready[lane.lane]?.firstIndex(of: lane) else { return }
        ready[lane.lane]?.remove(at: index)
    }

    // MARK: The plan

    /// Whether a lane that is known to hold jobs can be read now.
    package var hasReadableLane: Bool {
        Lane.allCases.contains { kind in ready[kind]?.contains { room($0) > 0 } ?? false }
    }

    /// What to read now.
    ///
    /// - Parameter now: In microseconds, by a clock that does not go back.
    package mutating func next(now: Int = 0) -> Step {
        recent.now = now
        (isWatching, isLookingAtQuiet, isCut, isCrowded) = (false, false, false, false)
        let free = slots - running
        guard free > 0 else { return .wait }
        if looks, now - lookedAtQuiet >= Self.rotateEvery, let quiet = quietBesideUsed() {
            isLookingAtQuiet = true
            lookedAtQuiet = now
            return .probe(quiet.lanes, count: quiet.count)
        }
        for kind in Lane.allCases {
            guard let lanes = ready[kind], let (lane, share) = turn(lanes, free: free) else { continue }
            if looks, let probe = probe(beside: kind) {
                readsSinceProbe = 0
                (isWatching, isCut) = (true, probe.isCut)
                return .probe(probe.lanes, count: probe.count)
            }
            readsSinceProbe += 1
            if kind == .batch { batchReads += 1 }
            tenants.serve(lane.service.space.namespace)
            return .read(lane, count: min(room(lane), share))
        }
        guard looks, let watch = watch(nil) else { return .wait }
        readsSinceProbe = 0
        (isWatching, isCut) = (true, watch.isCut)
        isCrowded = watch.isCut && recent.hasInUse
        return .block(watch.lanes, count: watch.count)
    }

    /// The lane whose turn it is, and what it may have of what is free: shared by the namespaces that wait for it, by weight, and within
    /// one by its lanes.
    private func turn(_ lanes: Deque<LaneID>, free: Int) -> (LaneID, Int)? {
        guard tenants.isShared else {
            guard let lane = lanes.first(where: { room($0) > 0 }) else { return nil }
            return (lane, max((free + lanes.count - 1) / lanes.count, 1))
        }
        var best: (lane: LaneID, turn: TenantShares.Turn)?
        var waiting: [String: Int] = [:]
        for lane in lanes.prefix(Self.compared) where room(lane) > 0 {
            let namespace = lane.service.space.namespace
            let seen = waiting[namespace] ?? 0
            waiting[namespace] = seen + 1
            guard seen == 0 else { continue }
            let turn = tenants.turn(namespace)
            if let best, best.turn <= turn { continue }
            best = (lane, turn)
        }
        guard let best else { return lanes.first { room($0) > 0 }.map { ($0, 1) } }
        let namespace = best.lane.service.space.namespace
        let all = waiting.keys.reduce(0) { $0 + tenants.weight($1) }
        let share = Double(free) * tenants.weight(namespace) / all / Double(waiting[namespace] ?? 1)
        return (best.lane, max(Int(share.rounded(.up)), 1))
    }

    private var watchedAtMost: Int { max(slots / 2, 1) }

    /// Where only lanes in use are watched: others. `nil` where all are watched.
    private func quietBesideUsed() -> (lanes: [LaneID], count: Int, isCut: Bool)? {
        guard !watchesFew, recent.hasInUse else { return nil }
        return select(nil, most: Self.quietAtOnce, inUse: false)
    }

    /// What to look at before the next lane that is known to hold jobs is read: work of others may have come while one lane was read,
    /// interactive work while only batch lanes were. Those are looked at too now and then: a batch that never runs dry hides no other.
    private mutating func probe(beside kind: Lane) -> (lanes: [LaneID], count: Int, isCut: Bool)? {
        if kind == .batch, batchReads >= Self.readsBetweenProbes, let all = watch(nil) {
            batchReads = 0
            return all
        }
        guard readsSinceProbe >= (kind == .batch ? 1 : Self.readsBetweenProbes) else { return nil }
        return watch(kind == .batch ? .interactive : nil)
    }

    /// What to watch: the lanes in use, or the most recently used ones where all can be watched or none is in use.
    private func watch(_ kind: Lane?) -> (lanes: [LaneID], count: Int, isCut: Bool)? {
        if !watchesFew, let used = select(kind, most: watchedAtMost, inUse: true) { return used }
        return select(kind, most: watchedAtMost, inUse: nil)
    }

    /// Lanes to look at together, the most recently used ones, and a COUNT with which they cannot deliver more than there is
    /// room for: COUNT is per stream.
    private func select(_ kind: Lane?, most: Int, inUse: Bool?) -> (lanes: [LaneID], count: Int, isCut: Bool)? {
        let free = slots - running
        var lanes: [LaneID] = []
        var perService: [ServiceID: Int] = [:]
        var perTenant: [String: Int] = [:]
        var (batch, passed) = (0, 0)
        var isCut = false
        for lane in recent.lanes.reversed() where kind == nil || lane.lane == kind {
            if lanes.count == min(free, most) {
                isCut = true
                break
            }
            if let inUse, recent.isInUse(lane) != inUse {
                // Those in use come first, but for a few that were not used for a while.
                passed += inUse ? 1 : 0
                if passed > Self.passedOver { break } else { continue }
            }
            guard !isReady.contains(lane), !setAside.contains(lane), room(lane) > 0 else { continue }
            guard serviceRoom(lane.service) > perService[lane.service] ?? 0 else {
                // Another lane of its service has all that is left of that: they have it in turn.
                isCut = true
                continue
            }
            let namespace = lane.service.space.namespace
            if let allowance = tenants.allowance(namespace) {
                guard allowance > perTenant[namespace] ?? 0 else {
                    isCut = true
                    continue
                }
            }
            if lane.lane == .batch {
                guard batchSlots - runningBatch > batch else { continue }
                batch += 1
            }
            if tenants.isLimited { perTenant[namespace, default: 0] += 1 }
            perService[lane.service, default: 0] += 1
            lanes.append(lane)
        }
        guard !lanes.isEmpty else { return nil }
        var count = min(free / lanes.count, Self.largestRead)
        if batch > 0 { count = min(count, (batchSlots - runningBatch) / batch) }
        for lane in lanes {
            count = min(count, serviceRoom(lane.service) / (perService[lane.service] ?? 1))
            if lane.lane == .batch { count = min(count, batchRoom(lane.service)) }
        }
        for (namespace, lanes) in perTenant { count = min(count, (tenants.allowance(namespace) ?? .max) / lanes) }
        // Interactive lanes first: Redis serves the first that holds something.
        let ordered = lanes.filter { $0.lane == .interactive } + lanes.filter { $0.lane == .batch }
        return (ordered, max(count, 1), isCut)
    }

    private func serviceRoom(_ id: ServiceID) -> Int {
        guard let service = services[id], service.isOpen, !service.isHeld else { return 0 }
        let allowance = min(service.allowance ?? .max, tenants.allowance(id.space.namespace) ?? .max)
        return min(service.limit - service.running, allowance)
    }

    private func batchRoom(_ id: ServiceID) -> Int { services[id].map { $0.batchLimit - $0.runningBatch } ?? 0 }

    /// How many jobs of a lane may be started now.
    private func room(_ lane: LaneID) -> Int {
        let isBatch = lane.lane == .batch
        let free = isBatch ? min(slots - running, batchSlots - runningBatch, batchRoom(lane.service)) : slots - running
        return min(free, serviceRoom(lane.service), Self.largestRead)
    }
}
