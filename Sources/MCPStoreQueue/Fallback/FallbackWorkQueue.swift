import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// The worker's side of two queues at once: Redis, and the memory of the process for the time that Redis is away. The worker
/// keeps its sessions to the servers over every change; each job is settled where it came from.
package final class FallbackWorkQueue: WorkQueue {
    private let redis: RedisWorkQueue
    private let memory: MemoryWorkQueue
    private let mode: FallbackSwitch
    private let handlers = NIOLockedValueBox<WorkQueueHandlers?>(nil)
    private let opened = NIOLockedValueBox<Set<ServiceID>>([])
    private let joining = NIOLockedValueBox<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - redis: On the same event loop as `memory`.
    package init(redis: RedisWorkQueue, memory: MemoryWorkQueue, mode: FallbackSwitch) {
        self.redis = redis
        self.memory = memory
        self.mode = mode
    }

    package func run() async { await redis.run() }

    /// Begins in memory at once; joins its pool in Redis as soon as that can be reached.
    package func start(_ handlers: WorkQueueHandlers) async throws(QueueError) {
        self.handlers.withLockedValue { $0 = handlers }
        try await memory.start(handlers)
        let redis = redis
        let task = Task {
            while !Task.isCancelled {
                do throws(QueueError) {
                    return try await redis.start(handlers)
                } catch {
                    // The store has said what is wrong with Redis. Without a connection it was waited for already.
                    let pause = redis.client.isConnected ? Duration.seconds(1) : .milliseconds(100)
                    do { try await Task.sleep(for: pause) } catch { return }
                }
            }
        }
        joining.withLockedValue { $0 = task }
    }

    /// The other queue is used now: what was published of the services is published there.
    ///
    /// - Parameter leaving: Services that this worker has no more.
    package func switched(_ services: [ServiceID], leaving: [ServiceID] = []) {
        guard let handlers = handlers.withLockedValue({ $0 }) else { return }
        redis.eventLoop.execute {
            for service in leaving { handlers.control(.unplace(service)) }
            for service in services { handlers.control(.place(service)) }
        }
    }

    /// Its name in Redis; empty before it has one.
    package var nameInRedis: String { redis.workerID }

    /// The services that the worker has a session to.
    package var openServices: Set<ServiceID> { opened.withLockedValue { $0 } }

    /// The services that are placed on the worker in Redis.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func placedInRedis() async throws(QueueError) -> [ServiceID] { try await redis.placedServices() }

    package func open(_ service: ServiceID, limit: Int, limits: ServiceLimits) async {
        opened.withLockedValue { _ = $0.insert(service) }
        await memory.open(service, limit: limit, limits: limits)
        // Before it is registered it has no name to read under; once it is, the worker opens its services anew.
        guard !redis.workerID.isEmpty else { return }
        if mode.usesMemory {
            Task {
                await redis.open(service, limit: limit, limits: limits)
                // It may have been closed before this had its turn.
                if !opened.withLockedValue({ $0.contains(service) }) { await redis.close(service) }
            }
        } else {
            await redis.open(service, limit: limit, limits: limits)
        }
    }

    package func close(_ service: ServiceID) async {
        opened.withLockedValue { _ = $0.remove(service) }
        await memory.close(service)
        await redis.close(service)
    }

    package func settle(_ settlement: Settlement) {
        switch settlement.entry.origin {
        case .memory: memory.settle(settlement)
        case .redis: redis.settle(settlement)
        }
    }

    package func park(_ delivery: Delivery) {
        switch delivery.entry.origin {
        case .memory: memory.park(delivery)
        case .redis: redis.park(delivery)
        }
    }

    package func report(_ progress: Progress) {
        switch progress.delivery.entry.origin {
        case .memory: memory.report(progress)
        case .redis: redis.report(progress)
        }
    }

    package func rest(_ rests: Bool) async { await redis.rest(rests) }

    package func drain() async {
        joining.withLockedValue { $0 }?.cancel()
        await memory.drain()
        await redis.drain()
    }

    package func stop() async {
        let task = joining.withLockedValue { $0 }
        task?.cancel()
        await task?.value
        await memory.stop()
        await redis.stop()
    }

    package var workerID: String {
        let id = redis.workerID
        return mode.usesMemory || id.isEmpty ? memory.workerID : id
    }

    package func clock(of origin: EntryID.Origin) -> ServerClock {
        switch origin {
        case .memory: memory.clock(of: origin)
        case .redis: redis.clock(of: origin)
        }
    }

    package func hasLease(of origin: EntryID.Origin) -> Bool { origin == .memory || redis.hasLease(of: origin) }
    package var isReady: Bool { get async { mode.usesMemory ? await memory.isReady : await redis.isReady } }
    package var running: Int { get async { await memory.running + redis.running } }
    package var watchesAll: Bool { get async { await redis.watchesAll } }

    package func registry(of space: Space) -> any Registry {
        FallbackRegistry(redis: RedisRegistry(space: space, client: redis.client), memory: MemoryRegistry(memory.hub), mode: mode)
    }

    package func placedServices() async throws(QueueError) -> [ServiceID] {
        if mode.usesMemory { return try await memory.placedServices() }
        return try await redis.placedServices()
    }

    package func follow(
        _ space: Space,
        onChange: @escaping @Sendable (ServiceID) -> Void,
        onBrake: @escaping @Sendable (ServiceID) -> Void,
        onPins: @escaping @Sendable (String?) -> Void
    ) {
        redis.follow(space, onChange: onChange, onBrake: onBrake, onPins: onPins)
        memory.follow(space, onChange: onChange, onBrake: onBrake, onPins: onPins)
    }
}
