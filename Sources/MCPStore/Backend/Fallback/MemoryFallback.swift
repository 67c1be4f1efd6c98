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
    private let news = NIOLockedValueBox(FallbackNews())
    private let beginning = Turn()

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
            // Also when Redis is used again: whoever made it asked before.
            if change.kind == .service || change.kind == .removed {
                news.withLockedValue { _ = $0.changed.insert(change.service) }
            }
            guard mode.usesMemory else { return }
            var changes = SnapshotChanges()
            changes.add(service: change.service, change: change.kind.rawValue)
            follower?.received(changes)
        }
    }

    /// Goes on in memory with what is known of the space. What was changed in memory before, and is not all in Redis yet, stands.
    ///
    /// - Returns: Whether it did not before.
    func begin(_ snapshot: RegistrySnapshot) async -> Bool {
        guard beginning.beginsWhenIdle() else { return false }
        defer { beginning.end() }
        guard !mode.usesMemory else { return false }
        let known = snapshot.services.values.map { service in
            MemorySpace.Known(
                document: service.document,
                toolKeys: Dictionary(service.tools.map { ($0.name, $0.key) }, uniquingKeysWith: { first, _ in first }),
                isElsewhere: (service.configuration.placement ?? "cluster") == "cluster"
            )
        }
        let (worker, open) = works.withLockedValue { ($0?.nameInRedis ?? "", $0?.openServices ?? []) }
        let ofOthers = snapshot.services.values.filter { service in
            !service.state.workers.isEmpty && service.state.workers[worker] == nil && !open.contains(service.id)
        }
        let kept = news.withLockedValue { news in
            news.begin(with: known.map(\.document), ofOthers: Set(ofOthers.map(\.document.name)))
        }
        await hub.load(
            known,
            keeping: kept,
            trouble: "Redis cannot be reached, and this service runs on workers elsewhere",
            mode: snapshot.services.values.first?.pins.mode ?? .off,
            pins: snapshot.services.compactMapValues(\.pins.tools)
        )
        guard mode.use(memory: true) else { return false }
        calls.withLockedValue { $0 }?.switchedToMemory()
        works.withLockedValue { $0 }?.switched(await hub.hosted)
        return true
    }

    /// Uses Redis again. Services that other stores ran before are left to them, unless they were placed here meanwhile.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    func end() async throws(QueueError) {
        let works = works.withLockedValue { $0 }
        let placed = Set(try await works?.placedInRedis() ?? []).map(\.name)
        guard mode.use(memory: false) else { return }
        let lent = news.withLockedValue { $0.lent }.subtracting(placed)
        let hosted = await hub.hosted
        works?.switched(
            hosted.filter { !lent.contains($0.name) },
            leaving: hosted.filter { lent.contains($0.name) }
        )
    }

    /// Whether there is something that must be brought to Redis, or was not known to be there.
    var hasNews: Bool { news.withLockedValue { $0.isOpen || !$0.changed.isEmpty } }

    /// What was written or removed since the store went on in memory, or since this was last asked for.
    ///
    /// - Returns: For each service what it is now, `nil` where it was removed, and what it was in Redis, `nil` for none.
    func takeChanges() async -> [(name: String, document: ServiceDocument?, base: ServiceDocument?)] {
        let (bases, changed) = news.withLockedValue { news in
            defer { news.changed = [] }
            return (news.bases, news.changed)
        }
        guard !changed.isEmpty else { return [] }
        let services = await hub.services
        return changed.sorted().map { ($0, services[$0], bases[$0]) }
    }

    /// They could not be written back yet.
    func keep(_ names: some Sequence<String>) {
        news.withLockedValue { $0.changed.formUnion(names) }
    }

    /// A service is in Redis as it is here, or is gone there as here.
    ///
    /// - Parameter isNews: Whether it was not before.
    func wrote(_ name: String, _ document: ServiceDocument?, isNews: Bool) {
        news.withLockedValue { $0.wrote(name, document, isNews: isNews) }
    }

    /// All is in Redis, and read from there.
    ///
    /// - Returns: What was written, where this ends a time in memory.
    func settle() -> [String]? {
        news.withLockedValue { $0.settle() }
    }

    /// Ends what waits and what runs in memory.
    func close() async {
        await jobs.close()
        await hub.cancelAll()
    }
}
