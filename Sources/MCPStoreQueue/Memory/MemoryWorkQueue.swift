import Glibc
import Logging
import NIOCore

/// The worker's side of the queue in memory. It lives on the event loop of its space; nothing can take its lease away.
package actor MemoryWorkQueue: WorkQueue {
    /// Deliveries of one step, so that a worker that answers at once leaves the event loop to others.
    private static let deliveriesAStep = 256

    nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    package nonisolated let hub: MemorySpace
    package nonisolated let workerID: String
    private let options: WorkerOptions
    private var handlers: WorkQueueHandlers?
    private var planner: FetchPlanner
    /// What occupies a slot, until the worker settles it.
    private var slots: [EntryID: LaneID] = [:]
    /// What runs without one.
    private var parked: Set<EntryID> = []
    private var limits: LimitBook
    private var buckets = LimitBuckets()
    private var isRegistered = false
    private var isDraining = false
    private var isPumping = false
    private var isPumpScheduled = false

    /// - Parameter workerID: The name of the worker; a new one by default.
    package init(_ hub: MemorySpace, options: WorkerOptions, workerID: String? = nil) {
        self.hub = hub
        self.options = options
        self.workerID = workerID ?? RedisWorkQueue.makeID()
        eventLoop = hub.eventLoop
        planner = FetchPlanner(slots: options.slots, looks: false)
        limits = LimitBook(pool: options.pool)
    }

    package nonisolated func clock(of origin: EntryID.Origin) -> ServerClock { hub.clock }
    package nonisolated func hasLease(of origin: EntryID.Origin) -> Bool { true }
    package var isReady: Bool { isRegistered && !isDraining }
    package var running: Int { planner.running }
    /// Every submission rings.
    package nonisolated var watchesAll: Bool { true }

    package nonisolated func registry(of space: Space) -> any Registry { MemoryRegistry(hub) }

    /// All services of the space.
    package nonisolated func placedServices() async throws(QueueError) -> [ServiceID] {
        await hub.hosted
    }

    /// The brakes of a space in memory are put on by its one worker.
    package nonisolated func follow(
        _ space: Space,
        onChange: @escaping @Sendable (ServiceID) -> Void,
        onBrake: @escaping @Sendable (ServiceID) -> Void,
        onPins: @escaping @Sendable (String?) -> Void
    ) {
        guard space == hub.space else { return }
        hub.onLoop { hub in
            hub.observe { change in
                if change.kind == .service { onChange(ServiceID(space: space, name: change.service)) }
                if change.kind == .pins { onPins(change.service.isEmpty ? nil : change.service) }
            }
        }
    }

    /// There is nothing to run.
    package nonisolated func run() async {}

    package func start(_ handlers: WorkQueueHandlers) async throws(QueueError) {
        guard !isRegistered, !isDraining else { return }
        self.handlers = handlers
        isRegistered = true
        await hub.join(self)
        handlers.registered(workerID)
        schedulePump()
    }

    package func open(_ service: ServiceID, limit: Int, limits terms: ServiceLimits) async {
        guard !isDraining, service.space == hub.space else { return }
        planner.open(service, limit: limit)
        limits.open(service, terms)
        _ = planner.allow(service, limits.room(service, now: ServerClock.boot()))
        schedulePump()
    }

    package func close(_ service: ServiceID) async {
        planner.close(service)
        for delivery in limits.waiting(of: service) { giveBack(delivery, "the service is not read any more") }
        limits.close(service)
        for (scope, ask) in limits.closings(service) { answer(ask, scope) }
    }

    package func drain() async {
        isDraining = true
        for delivery in limits.waiting(of: nil) { giveBack(delivery, "the worker drains") }
        planner.openServices.forEach { planner.close($0) }
    }

    package func stop() async {
        await drain()
        guard isRegistered else { return }
        isRegistered = false
        await hub.leave(self)
    }

    // MARK: Settling

    package nonisolated func settle(_ settlement: Settlement) {
        if eventLoop.inEventLoop {
            assumeIsolated { $0.settleOnLoop(settlement) }
        } else {
            eventLoop.execute { self.assumeIsolated { $0.settleOnLoop(settlement) } }
        }
    }

    package nonisolated func park(_ delivery: Delivery) {
        assumeIsolated { queue in
            guard let lane = queue.slots.removeValue(forKey: delivery.entry) else { return }
            queue.parked.insert(delivery.entry)
            if !queue.limits.isEmpty { queue.limits.unused(delivery.entry) }
            queue.planner.slotFreed(lane)
            queue.schedulePump()
        }
    }

    private func settleOnLoop(_ settlement: Settlement) {
        _ = hub.assumeIsolated { $0.settle(settlement) }
        parked.remove(settlement.entry)
        if !limits.isEmpty {
            limits.ended(settlement.entry, now: ServerClock.boot())
            if limits.remove(settlement.entry) != nil { return schedulePump() }
        }
        guard let lane = slots.removeValue(forKey: settlement.entry) else { return }
        planner.slotFreed(lane)
        schedulePump()
    }

    package nonisolated func report(_ progress: Progress) {
        if eventLoop.inEventLoop {
            hub.assumeIsolated { $0.report(progress) }
        } else {
            hub.onLoop { $0.report(progress) }
        }
    }

    // MARK: Told by the space, on the event loop

    /// A lane holds jobs.
    func ring(_ lane: LaneID) {
        planner.markReady(lane)
        pump()
    }

    /// Somebody else settled a running job.
    func cancel(_ entry: EntryID) {
        if let delivery = limits.waiting(entry) { return giveBack(delivery, "it was settled elsewhere") }
        if slots[entry] != nil || parked.contains(entry) { handlers?.cancel(entry) }
    }

    func received(_ message: ControlMessage) { handlers?.control(message) }

    var record: WorkerRecord {
        var record = WorkerRecord(id: workerID)
        record.host = RedisWorkQueue.hostName()
        record.process = Int(getpid())
        record.version = QueueVersion.current
        record.spaces = options.spaces
        record.labels = options.labels
        record.slots = options.slots
        record.running = planner.running
        record.isDraining = isDraining
        return record
    }

    // MARK: Fetching

    /// Plans again at the end of the tick, so that slots freed together are filled together.
    private func schedulePump() {
        guard !isPumpScheduled else { return }
        isPumpScheduled = true
        eventLoop.execute {
            self.assumeIsolated { queue in
                queue.isPumpScheduled = false
                queue.pump()
            }
        }
    }

    private func pump() {
        // What is delivered may be settled, and ring, before the next line is reached.
        guard isRegistered, !isDraining, !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        pumpLimits()
        var delivered = 0
        while !isDraining, case .read(let lane, let count) = planner.next() {
            let deliveries = hub.assumeIsolated { $0.lanes.take(lane, upTo: count, for: workerID) }
            planner.received([lane: deliveries.count], from: [lane], requested: count)
            for delivery in deliveries {
                slots[delivery.entry] = lane
                deliver(delivery)
            }
            delivered += deliveries.count
            if delivered >= Self.deliveriesAStep { return schedulePump() }
        }
        // What was started now has taken tokens.
        if limits.hasTouched { schedulePump() }
    }

    private func deliver(_ delivery: Delivery) {
        if delivery.isOverdue(now: hub.clock.now()) {
            return settleOnLoop(Settlement(delivery, .end(CallerEnding.notStarted(delivery.job))))
        }
        if isDraining { return giveBack(delivery, "the worker drains") }
        if !limits.isEmpty, !admits(delivery) { return }
        handlers?.start(delivery)
    }

    private func giveBack(_ delivery: Delivery, _ reason: String) {
        let job = delivery.job
        settleOnLoop(Settlement(delivery, .move(reason: reason, attempt: job.attempt, deaths: job.deaths)))
    }

    // MARK: Limits

    private func admits(_ delivery: Delivery) -> Bool {
        let job = delivery.job
        switch limits.admit(delivery, now: ServerClock.boot()) {
        case .start: return true
        case .wait:
            // The space ends it at its deadline.
            if let lane = slots.removeValue(forKey: delivery.entry) { planner.slotFreed(lane) }
        case .giveBack: giveBack(delivery, "the limit of the service is reached")
        case .delay(let time):
            let due = min(hub.clock.now() + time, delivery.startBy ?? delivery.deadline) / 1000
            let reason = "the limit of the tool '\(job.name)' is reached"
            settleOnLoop(Settlement(delivery, .delay(reason: reason, attempt: job.attempt, deaths: job.deaths, due: due)))
        }
        schedulePump()
        return false
    }

    private func pumpLimits() {
        guard !limits.isEmpty else { return }
        let now = ServerClock.boot()
        for service in limits.takeTouched() {
            for (scope, ask) in limits.asks(service, now: now) { answer(ask, scope) }
            while let delivery = limits.next(service, now: now, hasSlot: { planner.hasSlot(for: $0) }) {
                slots[delivery.entry] = delivery.job.laneID
                planner.adopted(delivery.job.laneID)
                handlers?.start(delivery)
            }
            // What was started may have taken the last token: it is known at once when there are more.
            for (scope, ask) in limits.asks(service, now: now) { answer(ask, scope) }
            _ = planner.allow(service, limits.room(service, now: now))
            lookAgain(service, now: now)
        }
    }

    private func lookAgain(_ service: ServiceID, now: Int) {
        guard let next = limits.timer(service, now: now) else { return }
        eventLoop.scheduleTask(in: .microseconds(Int64(max(next - now, 1000)))) { [weak self] in
            self?.assumeIsolated { queue in
                queue.limits.timerFired(service, at: next)
                queue.schedulePump()
            }
        }
    }

    private func answer(_ ask: LimitShare.Ask, _ scope: LimitScope) {
        let now = ServerClock.boot()
        guard let terms = limits.terms(scope) else { return }
        let (share, extra, wait) = buckets.lease(scope, terms, ask, now: now)
        // Nobody else can take it: its lease has no end.
        limits.answered(scope, share: share, extra: extra, wait: wait, sent: now, lease: 1 << 50, now: now)
    }
}
