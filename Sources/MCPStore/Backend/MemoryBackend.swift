import Logging
import MCPStoreQueue
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A store without Redis: registry, queue and worker in this process, with the rules that hold over Redis. What it knows is
/// gone with it.
package final class MemoryBackend: StoreBackend {
    package let space: Space
    package let registry: any Registry
    package let follower: SnapshotFollower
    package let placement = "embedded"
    package let absenceHint = ""
    package let usesMemory = true
    package let isReading = true
    package var queue: any JobQueue { jobs }

    private let hub: MemorySpace
    private let jobs: MemoryJobQueue
    private let worker: Worker
    private let logger: Logger
    private let running = NIOLockedValueBox<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - healthInterval: Between two health checks of a service.
    ///   - variables: What `${VAR}` references of its services are resolved from.
    package init(
        space: Space,
        healthInterval: Duration = .seconds(30),
        limits: CallerLimits = .init(),
        variables: [String: String] = WorkerSettings.ownVariables,
        logger: Logger
    ) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let hub = MemorySpace(space, eventLoop: eventLoop, logger: logger)
        let options = WorkerOptions(pool: Pool(embeddedIn: space))
        // Who adds services to a store in memory runs in this process already: any command is his.
        let settings = WorkerSettings(options: options, policy: .any, variables: variables, healthInterval: healthInterval)
        let queue = MemoryWorkQueue(hub, options: options)
        self.space = space
        self.hub = hub
        self.logger = logger
        registry = MemoryRegistry(hub)
        follower = SnapshotFollower(space: space, registry: registry, logger: logger)
        jobs = MemoryJobQueue(hub, caller: RedisBackend.makeCaller(), limits: limits)
        // What its worker does every day is nothing that the owner of a store wants to read.
        worker = Worker(queue: queue, settings: settings, eventLoop: eventLoop, logger: logger.quiet(below: .warning))
    }

    /// Starts the worker.
    package func start() async {
        await hub.observe { [weak follower] change in
            var changes = SnapshotChanges()
            changes.add(service: change.service, change: change.kind.rawValue)
            follower?.received(changes)
        }
        let task = Task { [worker, logger] in
            do { try await worker.run() } catch { logger.error("the worker of this store ended: \(error)") }
        }
        running.withLockedValue { $0 = task }
    }

    package func close() async {
        follower.finish()
        await jobs.close()
        // Nobody waits any more: no server is given time to finish.
        await hub.cancelAll()
        let task = running.withLockedValue { running in
            defer { running = nil }
            return running
        }
        task?.cancel()
        await task?.value
    }

    deinit {
        follower.finish()
        running.withLockedValue { $0 }?.cancel()
    }
}

// MARK: What a cluster would have to be asked for

extension MemoryBackend {
    /// Changes are with the follower before whoever makes them goes on.
    package func catchUp() async throws(QueueError) { try await follower.catchUp(with: SnapshotChanges()) }

    package func announce() async throws(QueueError) {
        guard running.withLockedValue({ $0 != nil }) else { throw QueueError(.stopped, "the store is closed") }
    }

    /// The space told its worker when they were written.
    package func changed(_ services: [String]) async throws(QueueError) {}

    /// The space did it when the service was removed.
    package func bury(_ service: String) async throws(QueueError) {}

    package func restart(_ service: String) async throws(QueueError) {
        await hub.restart(service)
    }

    package func status(of services: [String]) async throws(QueueError) -> BackendStatus {
        let lanes = services.flatMap { name in
            Lane.allCases.map { LaneID(service: ServiceID(space: space, name: name), lane: $0) }
        }
        return await hub.status(of: lanes)
    }
}

extension MemorySpace {
    func status(of lanes: [LaneID]) -> BackendStatus {
        BackendStatus(workers: workerRecords(), coordinator: "in this process", lanes: depths(lanes))
    }
}
