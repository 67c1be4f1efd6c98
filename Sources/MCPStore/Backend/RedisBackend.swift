import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A store over Redis: it submits jobs and reads the registry. Without an ``EmbeddedCluster`` it is a client only, and workers
/// elsewhere run everything; with one it runs the services that it adds itself.
///
/// Two connections: one for commands, one that blocks on the inbox and on the space's changes.
package final class RedisBackend: StoreBackend {
    package let space: Space
    package let registry: any Registry
    package let follower: SnapshotFollower
    package var placement: String { embedded == nil ? "cluster" : "embedded" }
    package var absenceHint: String {
        if embedded == nil { return "are a coordinator and a worker running?" }
        if usesMemory { return "Redis is away: its workers elsewhere cannot be reached" }
        return
            "a service whose 'placement' is 'embedded' is run by this process; for any other, are a coordinator and a worker of the pool '\(pools.cluster.pool)' running?"
    }
    package let queue: any JobQueue
    package var deadLetters: RedisDeadLetters? { RedisDeadLetters(jobs) }
    package var batches: RedisBatches? { RedisBatches(space: space, client: commands) }
    package var durableJobs: RedisTasks? { usesMemory ? nil : RedisTasks(jobs) }
    package var jobLists: (live: RedisJobList, submitted: RedisSubmittedJobs)? {
        usesMemory ? nil : (RedisJobList(jobs), RedisSubmittedJobs(jobs))
    }
    package var uploads: RedisUploads? { usesMemory ? nil : RedisUploads(jobs) }
    package func history() async throws(QueueError) -> [HistoryPoint] {
        usesMemory ? [] : try await RedisHistory(space, client: commands).points(now: clock.now())
    }
    package func spaceStats() async throws -> SpaceStats? { try await SpaceStats(space, commands, logger) }
    package var usesMemory: Bool { fallback?.mode.usesMemory ?? false }
    package var isReading: Bool { usesMemory || (reader.isArmed && commands.isConnected) }

    let jobs: RedisJobQueue
    /// What it goes on with while Redis is away; `nil`: it does not go on.
    let fallback: MemoryFallback?
    let redisRegistry: RedisRegistry
    let returning = Turn()
    let bringing = Turn()
    /// The pool of the cluster's processes, and that of the embedded stores of the space.
    let pools: StorePools
    let embedded: EmbeddedCluster?
    let recovery: RedisRecovery
    /// Of an `auto` dataspace.
    let lease: SpaceLease?
    let restorer: Restorer?
    let commands: RedisClient
    let events: RedisEvents
    private let following: RedisClient
    let reader: StreamReader
    let unread: UnreadChanges
    private let clock: ServerClock
    private let configuration: RedisConfiguration
    let logger: Logger
    let tasks = NIOLockedValueBox<[Task<Void, Never>]>([])
    let life = NIOLockedValueBox(Life())

    /// How far it has come.
    struct Life {
        /// The worker and the coordinator run.
        var works = false
        /// The inbox is there.
        var isOpen = false
        /// Everything is followed.
        var hasBegun = false
        var isClosing = false
    }

    /// - Parameters:
    ///   - pool: The pool of the cluster's processes.
    ///   - caller: A name for this process' inbox that nobody else has.
    ///   - embedded: How this store takes part in the pool of its space; `nil`: it does not.
    /// - Throws: ``MCPStoreError`` (`invalidName`).
    init(
        configuration: RedisConfiguration,
        space: Space,
        pool: Pool,
        caller: String = RedisBackend.makeCaller(),
        limits: CallerLimits = .init(),
        embedded: EmbeddedCluster.Options? = nil,
        fallback: MemoryFallback? = nil,
        logger: Logger
    ) throws(MCPStoreError) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let events = RedisEvents()
        // With a fallback the store itself says what becomes of Redis, once.
        let quiet = fallback == nil ? logger : logger.quiet(below: .error)
        if quiet.logLevel > .warning, let warning = configuration.verificationWarning { logger.warning("\(warning)") }
        let commands = RedisClient(configuration: configuration, name: "store", eventLoop: eventLoop, logger: quiet) {
            events.received($0)
        }
        let following = RedisClient(configuration: configuration, name: "store-inbox", eventLoop: eventLoop, logger: quiet) {
            events.followerReceived($0)
        }
        let reader = StreamReader(
            client: following,
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: quiet
        ) { events.tick() }
        let clock = ServerClock()
        let redisRegistry = RedisRegistry(space: space, client: commands)
        let registry = fallback?.registry(over: redisRegistry) ?? redisRegistry
        let follower = SnapshotFollower(space: space, registry: registry, logger: logger)
        let jobs = RedisJobQueue(
            space: space,
            caller: caller,
            client: commands,
            reader: reader,
            clock: clock,
            socketTimeout: configuration.socketTimeout,
            limits: limits,
            tenants: embedded == nil ? pool : nil,
            eventLoop: eventLoop,
            logger: quiet,
            services: { follower.withSnapshot { $0.services.keys.sorted() } }
        ) { service in follower.withSnapshot { $0.hint(service) } }
        self.configuration = configuration
        self.space = space
        self.registry = registry
        self.redisRegistry = redisRegistry
        self.follower = follower
        self.jobs = jobs
        self.queue = fallback?.queue(over: jobs) ?? jobs
        self.fallback = fallback
        self.embedded = try embedded.map { options throws(MCPStoreError) in
            try EmbeddedCluster(
                configuration: configuration,
                space: space,
                label: caller,
                options: options,
                fallback: fallback,
                eventLoop: eventLoop,
                logger: logger
            )
        }
        self.pools = StorePools(
            space: space,
            cluster: RedisPool(pool, client: commands),
            embedded: RedisPool(Pool(embeddedIn: space), client: commands),
            label: embedded == nil ? nil : caller,
            client: commands
        )
        let recovery = RedisRecovery(client: commands, clock: clock, logger: quiet)
        self.recovery = recovery
        var lease: SpaceLease?
        if space.isAuto {
            lease = SpaceLease(
                space: space,
                store: caller,
                client: commands,
                registry: redisRegistry,
                follower: follower,
                recovery: recovery,
                records: jobs.recordsInUse,
                logger: logger
            )
        }
        self.lease = lease
        let unread = UnreadChanges(space: space, client: commands, reader: reader)
        // A client of a cluster writes nothing that nobody asked for.
        restorer =
            embedded == nil
            ? nil
            : Restorer(
                registry: redisRegistry,
                pools: pools,
                follower: follower,
                jobs: jobs,
                unread: unread,
                logger: logger
            )
        self.commands = commands
        self.events = events
        self.following = following
        self.reader = reader
        self.unread = unread
        self.clock = clock
        self.logger = logger
        if fallback != nil { events.watch { [weak self] in self?.connectionChanged($0) } }
    }

    /// The store that these options ask for.
    ///
    /// - Throws: ``MCPStoreError``: `badConfiguration`, `invalidName`.
    package convenience init(_ options: RedisOptions, logger: Logger) throws(MCPStoreError) {
        var embedded: EmbeddedCluster.Options?
        var fallback: MemoryFallback?
        let space = try options.space()
        if options.embedded {
            embedded = EmbeddedCluster.Options(healthInterval: options.healthcheckInterval)
            if options.fallback {
                fallback = MemoryFallback(space: space, patience: options.socketTimeout, logger: logger)
            }
        }
        try self.init(
            configuration: try options.redisConfiguration(),
            space: space,
            pool: try options.pool(),
            limits: options.callerLimits,
            embedded: embedded,
            fallback: fallback,
            logger: logger
        )
    }

    /// A new name for an inbox.
    package static func makeCaller() -> String {
        String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// Connects, starts to work, opens the inbox, and reads the registry.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`), within the socket timeout where Redis cannot be reached and there is no fallback;
    ///   everything is closed then.
    package func start() async throws(MCPStoreError) {
        await fallback?.follow(follower)
        run(commands)
        do throws(MCPStoreError) {
            do { try await commands.waitUntilConnected(timeout: configuration.socketTimeout) } catch {
                throw MCPStoreError(error)
            }
            try await begin()
        } catch {
            guard let fallback, error.code == .redis else {
                await close()
                throw error
            }
            work()
            await fallBack(error.message)
            // The connection's own end may have come first, and is still at it.
            if !fallback.mode.usesMemory { _ = await fallback.mode.goesOn(since: fallback.mode.connections) }
        }
    }

    /// What follows the first connection. May be called again after it failed, and does nothing once it is done.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    func begin() async throws(MCPStoreError) {
        guard !life.withLockedValue({ $0.hasBegun }) else { return }
        try await storeErrors { () throws(QueueError) in try await clock.measure(commands) }
        let last = try await lastChange()
        if let embedded { try await storeErrors { () throws(QueueError) in try await embedded.clear(using: commands) } }
        if let lease { _ = try await storeErrors { () throws(QueueError) in try await lease.renew() } }
        let arrival = embedded?.arrival(using: commands, reader: reader)
        work()
        try await storeErrors { () throws(QueueError) in
            try await jobs.open { [restorer] in restorer?.dataWasLost() }
            life.withLockedValue { $0.isOpen = true }
            try await follower.reload()
        }
        reader.add(SpaceKeys(space).changes, from: last) { [follower, restorer] entries in
            follower.received(entries)
            restorer?.received(entries)
        }
        events.connect(jobs, follower) { [lease, restorer, weak self] in
            lease?.tick { restorer?.dataWasLost() }
            restorer?.tick()
            self?.bringStats()
            self?.returnToRedis()
        } measureClock: { [commands, clock] in
            let sent = ServerClock.boot()
            commands.send(RedisCommand("TIME")) { result in
                if case .success(let reply) = result { clock.measured(reply, sent: sent) }
            }
        }
        life.withLockedValue { $0.hasBegun = true }
        // Only now the second connection: where Redis cannot be reached, one says so.
        run(following)
        reader.start()
        await arrival?()
    }

    /// Has the worker and the coordinator run, once.
    private func work() {
        let begins = life.withLockedValue { life in
            defer { life.works = true }
            return !life.works
        }
        if begins { embedded?.start() }
    }

    /// Whether it was closed.
    var isClosing: Bool { life.withLockedValue { $0.isClosing } }

    private func run(_ client: RedisClient) {
        let task = Task { await client.run() }
        tasks.withLockedValue { $0.append(task) }
        // Whoever closes says so before he takes the tasks: one of the two sees the other.
        if isClosing { task.cancel() }
    }

    /// The id of the newest change: what follows it is followed.
    private func lastChange() async throws(MCPStoreError) -> String {
        do {
            let reply = try await commands.execute(RedisCommand("XREVRANGE", SpaceKeys(space).changes, "+", "-", "COUNT", "1"))
            return reply.array?.first?.array?.first?.string ?? "0"
        } catch {
            throw MCPStoreError(error)
        }
    }

    deinit {
        events.disconnect()
        reader.stop()
        follower.finish()
        let running = tasks.withLockedValue { $0 }
        guard let embedded, !running.isEmpty else { return running.forEach { $0.cancel() } }
        // Nobody holds this store any more; what it runs must not go on for ever.
        Task { [commands] in
            await embedded.close(using: commands)
            running.forEach { $0.cancel() }
        }
    }
}
