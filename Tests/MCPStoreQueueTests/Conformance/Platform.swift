import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

@testable import MCPStoreQueue

/// What a queue stands on. Every rule of the job protocol that does not speak of several processes holds on each.
enum Platform: String, Sendable, CaseIterable {
    case redis
    case memory
}

/// A space with one healthy service, on either platform.
final class Conformer: Sendable {
    /// How one platform does what a test asks for.
    private enum Kind: Sendable {
        case redis(Fixture)
        case memory(MemorySpace, changes: Events<RegistryChange>)
    }

    let space: Space
    let service: ServiceID
    let registry: any Registry
    private let kind: Kind
    /// What callers over Redis are told of the service; in memory it is read from its state.
    private let trouble = NIOLockedValueBox<String?>(nil)
    private let closing = NIOLockedValueBox<[@Sendable () async -> Void]>([])

    fileprivate init(redis fixture: Fixture) {
        kind = .redis(fixture)
        space = fixture.space
        service = fixture.service
        registry = fixture.registry
    }

    fileprivate init(memory hub: MemorySpace) async {
        let changes = Events<RegistryChange>()
        await hub.observe { changes.add($0) }
        kind = .memory(hub, changes: changes)
        space = hub.space
        service = ServiceID(space: hub.space, name: "svc")
        registry = MemoryRegistry(hub)
    }

    var lane: LaneID { LaneID(service: service, lane: .interactive) }

    // MARK: Callers and workers

    func caller(limits: CallerLimits = .init()) async throws -> any JobQueue {
        switch kind {
        case .redis(let fixture):
            let pool = fixture.pool
            let trouble = trouble
            let caller = try await TestCaller(fixture.space, fixture.configuration, limits: limits) { _ in
                .init(pool: pool, workers: [], condition: .init(trouble: trouble.withLockedValue { $0 }))
            }
            closing.withLockedValue { $0.append { await caller.close() } }
            return caller.queue
        case .memory(let hub, _):
            let queue = MemoryJobQueue(hub, caller: "c" + String(UInt64.random(in: 0...UInt64.max), radix: 36), limits: limits)
            closing.withLockedValue { $0.append { await queue.close() } }
            return queue
        }
    }

    /// - Parameter run: The outcome of a job, or nil to hold it.
    func worker(
        slots: Int = 16,
        limit: Int = 1000,
        services: [ServiceID]? = nil,
        run: @escaping @Sendable (Delivery) -> Outcome? = TestWorker.answer
    ) async throws -> TestWorker {
        let queue: any WorkQueue
        switch kind {
        case .redis(let fixture):
            queue = RedisWorkQueue(
                configuration: fixture.configuration,
                options: fixture.options(slots: slots),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: .silent
            )
        case .memory(let hub, _):
            queue = MemoryWorkQueue(hub, options: WorkerOptions(pool: Pool(embeddedIn: space), slots: slots))
        }
        let worker = try await TestWorker(queue, services: services ?? [service], limit: limit, run: run)
        closing.withLockedValue { $0.append { await worker.stop() } }
        return worker
    }

    fileprivate func close() async {
        for close in closing.withLockedValue({ $0 }) { await close() }
    }

    // MARK: Looking

    func stats(_ tool: String = "echo") async throws -> ToolStats? { try await registry.stats([tool])[tool] }

    /// Calls other than of tools.
    func serviceStats() async throws -> [OutcomeKind: Int] {
        switch kind {
        case .redis(let fixture):
            let hash = try await fixture.hash(fixture.keys.serviceStats(service.name))
            return Dictionary(
                uniqueKeysWithValues: OutcomeKind.all.compactMap { kind in
                    hash[kind.rawValue].flatMap { Int($0) }.map { (kind, $0) }
                }
            )
        case .memory(let hub, _):
            return await hub.documents.serviceStats[service.name]?.outcomes ?? [:]
        }
    }

    func depth(_ lane: LaneID? = nil) async throws -> LaneDepth {
        switch kind {
        case .redis(let fixture):
            let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
            return try await recovery.depths([lane ?? self.lane])[0]
        case .memory(let hub, _):
            return await hub.depths([lane ?? self.lane])[0]
        }
    }

    /// Waits until so many jobs lie in the lane. The deadline is a bound of failure only.
    func waitForLength(_ length: Int) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await depth().length != length, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// What followers were told so far, but for the first service: `[change, service]`.
    func changes() async throws -> [[String]] {
        switch kind {
        case .redis(let fixture):
            return try await fixture.entries(fixture.keys.changes).dropFirst().map { [$0["change"] ?? "", $0["service"] ?? ""] }
        case .memory(_, let changes):
            return changes.all.dropFirst().map { [$0.kind.rawValue, $0.service] }
        }
    }

    // MARK: Doing

    /// Says how the service is: whoever ends a job at its deadline says it again.
    func setState(_ status: ServiceStatus, _ reason: String) async throws {
        try await registry.publish(ServiceView(status: status, reason: reason, pool: "p"), of: service.name, worker: "w-view")
        trouble.withLockedValue { $0 = status.isReady ? nil : "\(status): \(reason)" }
    }

    /// Removes a service as a store does. Over Redis the coordinator does this again until nothing is left.
    ///
    /// - Returns: Whether there was one.
    func remove(_ name: String) async throws -> Bool {
        let keys = try await registry.toolKeys().filter { $0.value.service == name }.map(\.key)
        guard try await registry.remove(name) else { return false }
        try await bury(name, keys)
        return true
    }

    func bury(_ name: String, _ keys: [String]) async throws {
        guard case .redis(let fixture) = kind else { return }
        let recovery = RedisRecovery(client: fixture.client, clock: ServerClock(), logger: .silent)
        _ = try await recovery.bury(ServiceID(space: space, name: name), toolKeys: keys)
    }
}

/// Runs `body` with a space of its own.
func withPlatform<R>(_ platform: Platform, _ body: (Conformer) async throws -> R) async throws -> R {
    switch platform {
    case .redis:
        return try await withFixture { try await run(Conformer(redis: $0), body) }
    case .memory:
        let space = try Space(namespace: "memory", dataspace: "d")
        let hub = MemorySpace(space, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
        let conformer = await Conformer(memory: hub)
        _ = try await conformer.registry.put([(name: "svc", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "test")
        return try await run(conformer, body)
    }
}

private func run<R>(_ conformer: Conformer, _ body: (Conformer) async throws -> R) async throws -> R {
    do {
        let result = try await body(conformer)
        await conformer.close()
        return result
    } catch {
        await conformer.close()
        throw error
    }
}
