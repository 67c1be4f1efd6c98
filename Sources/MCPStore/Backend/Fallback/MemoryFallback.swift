import Logging
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// What an embedded store goes on with while Redis is away (seed document, S14): the same space in the memory of the process,
/// for the same worker with the same sessions.
final class MemoryFallback: Sendable {
    let eventLoop: any EventLoop
    let mode: FallbackSwitch
    let hub: MemorySpace
    let jobs: MemoryJobQueue
    private let calls = NIOLockedValueBox<FallbackJobQueue?>(nil)
    private let works = NIOLockedValueBox<FallbackWorkQueue?>(nil)
    /// Since the store went on in memory: versions that were taken over, and services that were written or removed.
    private let news = NIOLockedValueBox<(versions: [String: Int], changed: Set<String>)>(([:], []))

    /// - Parameter patience: How long Redis may be away before memory takes over.
    init(space: Space, patience: Duration, logger: Logger) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        self.eventLoop = eventLoop
        mode = FallbackSwitch(patience: patience, eventLoop: eventLoop)
        hub = MemorySpace(space, eventLoop: eventLoop, logger: logger)
        jobs = MemoryJobQueue(hub, caller: RedisBackend.makeCaller())
    }

    // MARK: The parts of a store, each over Redis and memory

    func registry(over redis: RedisRegistry) -> any Registry {
        FallbackRegistry(redis: redis, memory: MemoryRegistry(hub), mode: mode)
    }

    func queue(over redis: RedisJobQueue) -> any JobQueue {
        let queue = FallbackJobQueue(redis: redis, memory: jobs, mode: mode)
        calls.withLockedValue { $0 = queue }
        return queue
    }

    func workQueue(over redis: RedisWorkQueue, options: WorkerOptions) -> any WorkQueue {
        let queue = FallbackWorkQueue(redis: redis, memory: MemoryWorkQueue(hub, options: options), mode: mode)
        works.withLockedValue { $0 = queue }
        return queue
    }

    // MARK: There and back

    /// Tells `follower` what changes in memory while that is used.
    func follow(_ follower: SnapshotFollower) async {
        await hub.observe { [weak follower, mode, news] change in
            guard mode.usesMemory else { return }
            if change.kind == .service || change.kind == .removed {
                news.withLockedValue { _ = $0.changed.insert(change.service) }
            }
            var changes = SnapshotChanges()
            changes.add(service: change.service, change: change.kind.rawValue)
            follower?.received(changes)
        }
    }

    /// Goes on in memory with what is known of the space.
    ///
    /// - Returns: Whether it did not before.
    func begin(_ snapshot: RegistrySnapshot) async -> Bool {
        guard !mode.usesMemory else { return false }
        let known = snapshot.services.values.map { service in
            MemorySpace.Known(
                document: service.document,
                toolKeys: Dictionary(service.tools.map { ($0.name, $0.key) }, uniquingKeysWith: { first, _ in first }),
                isElsewhere: (service.configuration.placement ?? "cluster") == "cluster"
            )
        }
        news.withLockedValue { news in
            news = (Dictionary(uniqueKeysWithValues: known.map { ($0.document.name, $0.document.version) }), [])
        }
        await hub.load(known, trouble: "Redis cannot be reached, and this service runs on workers elsewhere")
        guard mode.use(memory: true) else { return false }
        calls.withLockedValue { $0 }?.switchedToMemory()
        await switched()
        return true
    }

    /// Uses Redis again.
    func end() async {
        mode.use(memory: false)
        await switched()
    }

    private func switched() async {
        works.withLockedValue { $0 }?.switched(await hub.hosted)
    }

    /// What was written or removed since the store went on in memory, or since this was last asked for.
    ///
    /// - Returns: For each service what it is now, `nil` where it was removed, and the version that it had in Redis, 0 for none.
    func takeChanges() async -> [(name: String, document: ServiceDocument?, version: Int)] {
        let (versions, changed) = news.withLockedValue { news in
            defer { news.changed = [] }
            return news
        }
        guard !changed.isEmpty else { return [] }
        let services = await hub.services
        return changed.sorted().map { ($0, services[$0], versions[$0] ?? 0) }
    }

    /// They could not be written back yet.
    func keep(_ names: some Sequence<String>) {
        news.withLockedValue { $0.changed.formUnion(names) }
    }

    /// Ends what waits and what runs in memory.
    func close() async {
        await jobs.close()
        await hub.cancelAll()
    }
}
