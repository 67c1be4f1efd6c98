import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The worker and the coordinator that a store brings along, for the pool of its own space: with them a bare Redis is enough.
///
/// Any number of stores of one space have one each; one coordinator leads, and a service is on the worker of the store that
/// added it until that one is gone.
final class EmbeddedCluster: Sendable {
    /// How an embedded store takes part in the pool of its space.
    struct Options: Sendable {
        /// Of workers and coordinators. Shorter than in a cluster: whoever starts a script again waits for it, where the old
        /// process cannot be looked at.
        var lease = Duration.seconds(5)
        /// How long running calls may take to finish when the store is closed.
        var drainGrace = Duration.seconds(5)
        var healthInterval = Duration.seconds(30)
    }

    let pool: Pool
    /// The value of the label by which the coordinator knows this store's worker.
    let label: String

    private let space: Space
    private let socketTimeout: Duration
    private let drainGrace: Duration
    private let worker: Worker
    private let coordinator: Coordinator
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let running = NIOLockedValueBox<(worker: Task<Void, Never>, coordinator: Task<Void, Never>)?>(nil)

    /// - Parameter label: Unique for the store.
    /// - Throws: ``MCPStoreError`` (`invalidName`).
    init(
        configuration: RedisConfiguration,
        space: Space,
        label: String,
        options: Options,
        fallback: MemoryFallback? = nil,
        eventLoop: any EventLoop,
        logger: Logger
    ) throws(MCPStoreError) {
        let pool = Pool(embeddedIn: space)
        self.pool = pool
        self.space = space
        self.label = label
        self.eventLoop = eventLoop
        self.logger = logger
        socketTimeout = configuration.socketTimeout
        drainGrace = options.drainGrace
        // What its parts do every day is nothing that the owner of a store wants to read.
        let quiet = logger.quiet(below: .warning)
        let silent = logger.quiet(below: .error)
        var labels = [WorkerRecord.storeLabel: label]
        labels[WorkerRecord.processLabel] = ProcessIdentity.current?.description
        let pattern: SpacePattern
        do { pattern = try SpacePattern(space.description) } catch { throw MCPStoreError(error) }
        let settings = WorkerSettings(
            options: WorkerOptions(pool: pool, spaces: [pattern], labels: labels, lease: options.lease),
            // Its owner starts what he added himself.
            policy: .any,
            variables: WorkerSettings.ownVariables,
            healthInterval: options.healthInterval,
            drainGrace: options.drainGrace
        )
        if !configuration.isLoopback {
            logger.warning("this store runs the command of any service that is added to \(space) in its Redis")
        }
        // Store and worker meet in Redis only: a loop of its own for the worker.
        let workerLoop = fallback?.eventLoop ?? MultiThreadedEventLoopGroup.singleton.next()
        // With a fallback the store itself says what becomes of Redis.
        let redis = RedisWorkQueue(
            configuration: configuration,
            options: settings.options,
            eventLoop: workerLoop,
            logger: fallback == nil ? quiet : silent
        )
        let queue = fallback?.workQueue(over: redis, options: settings.options) ?? redis
        worker = Worker(queue: queue, settings: settings, eventLoop: workerLoop, logger: quiet)
        coordinator = Coordinator(
            configuration: configuration,
            options: CoordinatorOptions(
                pool: pool,
                lease: options.lease,
                workerLease: options.lease,
                spaces: [space],
                looksForProcesses: true
            ),
            eventLoop: eventLoop,
            logger: silent
        )
    }

    /// Takes away what stores of this machine left that were killed, so that nothing of theirs looks alive.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func clear(using client: RedisClient) async throws(QueueError) {
        let pool = RedisPool(pool, client: client)
        let registry = RedisRegistry(space: space, client: client)
        for record in try await pool.workers() where record.isProvablyGone {
            guard try await pool.end(record.id) else { continue }
            // Its jobs are recovered by whoever leads; its word on services is void now.
            for service in try await pool.services(of: record.id) {
                _ = try await registry.publish(nil, of: service.name, worker: record.id)
            }
        }
    }

    /// Starts to work. To be called once.
    func start() {
        let (worker, coordinator, logger) = (worker, coordinator, logger)
        let tasks = (
            Task {
                do { try await worker.run() } catch {
                    logger.error("the worker of this store has ended", metadata: ["error": "\(error)"])
                }
            },
            Task {
                do { try await coordinator.run() } catch {
                    logger.error("the coordinator of this store has ended", metadata: ["error": "\(error)"])
                }
            }
        )
        running.withLockedValue { $0 = tasks }
    }

    /// What waits until the worker is in its pool, so that what is added then is placed on it.
    ///
    /// - Parameter reader: Not running yet.
    func arrival(using client: RedisClient, reader: StreamReader) -> @Sendable () async -> Void {
        let pool = RedisPool(pool, client: client)
        let label = label
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let check = { @Sendable () async in
            do {
                if try await pool.workers().contains(where: { $0.labels[WorkerRecord.storeLabel] == label }) { arrival.finish() }
            } catch {
                // Asked again with the next worker; in the end the time is over.
            }
        }
        // What came before is seen by the first look, which is on the same connection.
        reader.follow(self.pool.events, using: client) { entries in
            guard entries.contains(where: { $0.value("event")?.string == "joined" }) else { return }
            Task { await check() }
        }
        let timer = eventLoop.scheduleTask(in: TimeAmount(socketTimeout)) { arrival.finish() }
        let events = self.pool.events
        return {
            await check()
            for await _ in arrivals {}
            timer.cancel()
            reader.remove(events)
        }
    }

    /// Drains the worker, gives the office back, and deletes what the pool keeps where nobody is left in it. Bounded.
    func close(using client: RedisClient) async {
        let tasks = running.withLockedValue { tasks in
            defer { tasks = nil }
            return tasks
        }
        guard let tasks else { return }
        // Draining writes to Redis a few times, each bounded by the socket timeout.
        let limit = drainGrace + socketTimeout * 4
        tasks.worker.cancel()
        let hasDrained = await finishes(tasks.worker, within: limit)
        tasks.coordinator.cancel()
        let hasResigned = await finishes(tasks.coordinator, within: socketTimeout * 4)
        // Without Redis there is nothing to leave.
        guard client.isConnected else { return }
        guard hasDrained, hasResigned else {
            return logger.warning("the worker of this store could not leave in order; its lease will run out")
        }
        do throws(QueueError) {
            _ = try await RedisPool(pool, client: client).deleteIfEmpty()
        } catch {
            logger.debug("the pool could not be looked at", metadata: ["error": "\(error.message)"])
        }
    }

    private func finishes(_ task: Task<Void, Never>, within limit: Duration) async -> Bool {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
        let timer = eventLoop.scheduleTask(in: TimeAmount(limit)) { _ = end.yield(false) }
        Task {
            await task.value
            end.yield(true)
        }
        defer { timer.cancel() }
        for await hasEnded in ends { return hasEnded }
        return false
    }
}
