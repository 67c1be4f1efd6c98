import Glibc
import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// The worker's side of the queue over Redis: one connection that blocks on the lanes of its services, one for everything
/// else, one for its control stream. All state is confined to one event loop, which is the actor's executor.
package actor RedisWorkQueue: WorkQueue {
    /// What the blocking connection is doing.
    enum Fetch {
        case idle
        case reading([LaneID])
        case blocking(watched: [LaneID])
    }

    nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    let options: WorkerOptions
    let configuration: RedisConfiguration
    let logger: Logger
    /// The replicas that must confirm a delivery before a job with side effects is started.
    let replicaWait: ReplicaWait?
    let clock = ServerClock()
    let lease = LeaseClock()
    let commands: RedisClient
    let jobs: RedisClient
    let control: StreamReader
    private let controlClient: RedisClient
    private let events: RedisEvents

    /// The id of the present registration; consumer of every group.
    var id = "" {
        didSet { registration.withLockedValue { $0 = id } }
    }
    private nonisolated let registration = NIOLockedValueBox("")
    var handlers: WorkQueueHandlers?
    var planner: FetchPlanner
    var ownership = Ownership()
    /// Jobs that run alone among those of their service.
    var lone = LoneJobs()
    /// Limits over the whole cluster, and jobs that wait for a token.
    var limits: LimitBook
    /// Those of them of which Redis knows that they were not started.
    var unstarted: Set<EntryID> = []
    /// Until when the coordinator knows of delayed jobs, in milliseconds by Redis' clock.
    var delayedUntil: [Space: Int] = [:]
    /// Which settings of tenants are in force here.
    var tenantsVersion = ""
    /// Running jobs of an earlier registration: theirs is not to be compared.
    var orphans: Set<EntryID> = []
    var fetch = Fetch.idle
    var held = Held()
    /// Which settlements replicas have confirmed.
    private let barrier: ReplicaBarrier?
    /// How many reads were sent, and ``ServerClock/boot()`` of the last one.
    var fetches = 0
    var fetchStarted = 0
    /// Lanes that something may have been delivered from since the lists were last compared.
    var readSinceReview: Set<LaneID> = []
    /// The read that was asked to end.
    var unblocked = 0
    var isDraining = false
    /// An operator has told it to take no new jobs.
    var isResting = false
    var isRegistered = false
    /// Pending lists must be compared before anything is fetched: the connection was lost.
    var needsReview = false
    var isPumpScheduled = false
    /// The connection that may block.
    var blockingConnection: RedisServerIdentity?
    var isRenewing = false
    /// Pending lists that were asked for and must be compared before anything is fetched.
    var reviewsAwaited = 0
    var runID: String?
    var batchers: [Space: SettleBatcher] = [:]
    var recordedStreams: Set<LaneID> = []
    /// Services that are to be fetched for, with their limits, whether their lanes are open yet or not.
    private var wanted: [ServiceID: (limit: Int, limits: ServiceLimits)] = [:]
    var renewal: Scheduled<Void>?

    package init(configuration: RedisConfiguration, options: WorkerOptions, eventLoop: any EventLoop, logger: Logger) {
        self.eventLoop = eventLoop
        self.options = options
        self.configuration = configuration
        self.replicaWait = configuration.replicaWait
        self.logger = logger
        self.planner = FetchPlanner(slots: options.slots)
        self.limits = LimitBook(pool: options.pool)
        let events = RedisEvents()
        self.events = events
        commands = RedisClient(configuration: configuration, name: "worker", eventLoop: eventLoop, logger: logger) {
            events.commands($0)
        }
        barrier = ReplicaBarrier(commands, pace: .leisurely, logger: logger)
        jobs = RedisClient(configuration: configuration, name: "worker-jobs", eventLoop: eventLoop, logger: logger) {
            events.jobs($0)
        }
        controlClient = RedisClient(configuration: configuration, name: "worker-control", eventLoop: eventLoop, logger: logger)
        control = StreamReader(
            client: controlClient,
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: logger
        )
    }

    package nonisolated var workerID: String { registration.withLockedValue { $0 } }
    package nonisolated func hasLease(of origin: EntryID.Origin) -> Bool { lease.isHeld }
    /// The multiplexed connection, for the registry.
    package nonisolated var client: RedisClient { commands }
    package nonisolated func clock(of origin: EntryID.Origin) -> ServerClock { clock }
    package var watchesAll: Bool { planner.watchesAll }

    package nonisolated func registry(of space: Space) -> any Registry { RedisRegistry(space: space, client: commands) }

    package nonisolated func placedServices() async throws(QueueError) -> [ServiceID] {
        let id = workerID
        return id.isEmpty ? [] : try await RedisPool(options.pool, client: commands).services(of: id)
    }

    package nonisolated func follow(
        _ space: Space,
        onChange: @escaping @Sendable (ServiceID) -> Void,
        onBrake: @escaping @Sendable (ServiceID) -> Void,
        onPins: @escaping @Sendable (String?) -> Void
    ) {
        control.follow(SpaceKeys(space).changes, using: commands) { entries in
            for entry in entries {
                let name = entry.value("service")?.string
                switch entry.value("change")?.string {
                case "service": if let name { onChange(ServiceID(space: space, name: name)) }
                case ServiceBrake.change: if let name { onBrake(ServiceID(space: space, name: name)) }
                case "pins": onPins(name)
                case RedisRegistry.restart:
                    if let name { self.assumeIsolated { $0.handlers?.control(.restart(ServiceID(space: space, name: name))) } }
                default: break
                }
            }
        }
    }

    package var running: Int { planner.running }

    /// Registered, connected, and its reads are in place.
    package var isReady: Bool {
        isRegistered && !isDraining && lease.isHeld && jobs.isConnected && commands.isConnected && control.isArmed
    }

    /// Runs the connections until the task is cancelled.
    package nonisolated func run() async {
        events.connect(to: self)
        await withTaskGroup(of: Void.self) { group in
            for client in [commands, jobs, controlClient] {
                group.addTask { await client.run() }
            }
        }
    }

    package func start(_ handlers: WorkQueueHandlers) async throws(QueueError) {
        self.handlers = handlers
        do throws(RedisError) {
            try await commands.waitUntilConnected(timeout: configuration.socketTimeout)
            // Not cancelled with the caller: who is told to stop meanwhile must know whether there is a lease to give back.
            let registration = Task { () async -> Result<Void, RedisError> in
                do throws(RedisError) { return .success(try await register()) } catch { return .failure(error) }
            }
            try await registration.value.get()
        } catch {
            throw QueueError(error)
        }
        // What registering said of Redis' clock is as exact as a script's first round trip is short.
        try await clock.measure(commands)
        control.start()
        scheduleRenewal()
        schedulePump()
    }

    // MARK: Services

    package func open(_ service: ServiceID, limit: Int, limits: ServiceLimits) async {
        wanted[service] = (limit, limits)
        await openWanted(service)
    }

    /// Opens a service if it is still wanted: ``close(_:)`` may have come since.
    private func openWanted(_ service: ServiceID) async {
        guard wanted[service] != nil, !isDraining, !isResting else { return }
        let lanes = Lane.allCases.map { LaneID(service: service, lane: $0) }
        // Recorded before it is first read, so that the leader finds what a dead worker had.
        let unrecorded = lanes.filter { !recordedStreams.contains($0) }
        var batch = unrecorded.isEmpty ? [] : [recording(unrecorded)]
        batch += KeyLease.commands(options.pool.streams(id))
        batch += lanes.map { JobGroup.create($0.key) }
        let registration = id
        let results = await commands.pipeline(batch)
        guard registration == id else { return await openWanted(service) }
        for case .failure(let error) in results where error.serverCode != "BUSYGROUP" {
            logger.warning(
                "cannot open the lanes of a service",
                metadata: ["service": "\(service)", "error": "\(error.message)"]
            )
            return retryOpen(service)
        }
        recordedStreams.formUnion(unrecorded)
        guard let wanted = wanted[service], !isDraining, !isResting else { return }
        let watchedAll = planner.watchesAll
        planner.open(service, limit: wanted.limit)
        limits.open(service, wanted.limits)
        allowReads(service, now: ServerClock.boot())
        if watchedAll, !planner.watchesAll { handlers?.mustBeRung() }
        replan(for: lanes)
    }

    private func retryOpen(_ service: ServiceID) {
        eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in
            Task { await self?.openWanted(service) }
        }
    }

    package func close(_ service: ServiceID) {
        wanted[service] = nil
        planner.close(service)
        closeLimits(service)
        if case .blocking(let watched) = fetch, watched.contains(where: { $0.service == service }) { unblock() }
    }

    // MARK: Settling

    /// The connection for commands is a new one.
    ///
    /// - Parameter isNewServer: It may lead to a server that does not know the last settlements: they are sent again. Until then
    ///   that server may say that their jobs still have to be run.
    func settlementsFollow(isNewServer: Bool) {
        barrier?.connectionChanged()
        guard isNewServer else { return }
        clock.serverChanged()
        for batcher in batchers.values {
            for entry in batcher.replay() { _ = ownership.settling(entry) }
        }
    }

    package nonisolated func park(_ delivery: Delivery) {
        assumeIsolated { queue in
            guard queue.ownership.park(delivery.entry) else { return }
            if !queue.limits.isEmpty { queue.limits.unused(delivery.entry) }
            queue.planner.slotFreed(delivery.job.laneID)
            queue.schedulePump()
        }
    }

    package nonisolated func settle(_ settlement: Settlement) {
        if eventLoop.inEventLoop {
            assumeIsolated { $0.settleOnLoop(settlement) }
        } else {
            eventLoop.execute { self.assumeIsolated { $0.settleOnLoop(settlement) } }
        }
    }

    private func settleOnLoop(_ settlement: Settlement) {
        let entry = settlement.entry
        let heldSlot = ownership.settling(entry)
        if !orphans.isEmpty { orphans.remove(entry) }
        batcher(settlement.job.service.space).settle(settlement)
        if !limits.isEmpty {
            limits.ended(entry, now: ServerClock.boot())
            // What waited for a token had no slot.
            if limits.remove(entry) != nil {
                unstarted.remove(entry)
                return schedulePump()
            }
        }
        if heldSlot {
            planner.slotFreed(settlement.job.laneID)
            if !lone.isEmpty { slotFreedWhileHeld(entry, of: settlement.job.service) }
            schedulePump()
        }
    }

    func batcher(_ space: Space) -> SettleBatcher {
        if let batcher = batchers[space] { return batcher }
        let batcher = SettleBatcher(
            space: space,
            client: commands,
            clock: clock,
            eventLoop: eventLoop,
            logger: logger,
            barrier: barrier,
            onSettled: { [weak self] entries in
                self?.assumeIsolated { queue in for entry in entries { queue.ownership.settled(entry) } }
            }
        )
        batchers[space] = batcher
        return batcher
    }

    package nonisolated func report(_ progress: Progress) {
        guard !progress.job.inbox.isEmpty else { return }
        var command = RedisCommand("XADD", SpaceKeys(progress.job.service.space).inbox(progress.job.inbox), "NOMKSTREAM", "*")
        for text in ["id", progress.job.id, "outcome", "progress", "payload"] { command.append(text) }
        command.append(progress.payload)
        commands.send(command) { _ in }
    }

    // MARK: Leaving

    package func drain() {
        isDraining = true
        planner.openServices.forEach { planner.close($0) }
        giveBackHeld()
        giveBackLone("the worker drains")
        giveBackWaiting("the worker drains")
        unblock()
    }

    package func rest(_ rests: Bool) async {
        guard rests != isResting else { return }
        isResting = rests
        if rests {
            planner.openServices.forEach { planner.close($0) }
            giveBackHeld()
            giveBackLone("the worker was told to take no new calls")
            giveBackWaiting("the worker was told to take no new calls")
            unblock()
        }
        // At once: services are placed elsewhere as soon as the pool knows.
        renew()
        guard !rests else { return }
        for service in Array(wanted.keys) { await openWanted(service) }
    }

    package func stop() async {
        drain()
        renewal?.cancel()
        control.stop()
        await confirmSettlements()
        for service in Array(wanted.keys) { closeLimits(service) }
        guard isRegistered else { return }
        isRegistered = false
        let pool = options.pool
        let keys = [
            pool.leases, pool.worker(id), pool.streams(id), pool.services(id), pool.control(id), pool.ring(id), pool.events,
            pool.expired,
        ]
        do {
            // With jobs left, the lease is left to run out instead: the leader then recovers them.
            if ownership.isIdle {
                for lane in recordedStreams {
                    commands.send(Scripts.consumerDelete, keys: [lane.key], arguments: [.string(JobGroup.name), .string(id)]) {
                        _ in
                    }
                }
                _ = try await commands.evaluate(
                    Scripts.workerForget,
                    keys: keys,
                    arguments: [.string(id), .int(PoolEvent.kept), "1"]
                )
            }
        } catch {
            logger.debug("could not leave the pool; the lease will run out", metadata: ["error": "\(error.message)"])
        }
    }

    /// Bounded by the deadline of a command: what Redis does not confirm while it is away, others settle by the lease.
    private func confirmSettlements() async {
        let limit = ServerClock.boot() + Int(configuration.socketTimeout / .microseconds(1)) * 2
        while batchers.values.contains(where: { $0.unconfirmed > 0 }), ServerClock.boot() < limit {
            // A round trip behind the settlements: one connection answers in order.
            guard case .success = await commands.pipeline([RedisCommand("PING")])[0] else { return }
        }
    }
}
