import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// A worker whose tools are closures of the test, and a record of all that its queue told it.
final class TestWorker: Sendable {
    enum Event: Sendable, Equatable {
        case started(String, EntryID)
        case cancelled(EntryID)
        case control(ControlMessage)
        case leaseLost
        case registered(String)
    }

    let queue: any WorkQueue
    let events = Events<Event>()
    private let running: Task<Void, Never>
    private let held = NIOLockedValueBox<[EntryID: Delivery]>([:])

    /// - Parameter run: The outcome of a job, or nil to hold it until ``finish(_:_:)``.
    convenience init(
        _ configuration: RedisConfiguration,
        _ options: WorkerOptions,
        services: [ServiceID],
        limit: Int = 1000,
        run: @escaping @Sendable (Delivery) -> Outcome? = TestWorker.answer
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let queue = RedisWorkQueue(configuration: configuration, options: options, eventLoop: loop, logger: .silent)
        try await self.init(queue, services: services, limit: limit, run: run)
    }

    /// What a tool answers that does nothing: its parameters, at a time that its caller can tell.
    static let answer: @Sendable (Delivery) -> Outcome? = { delivery in
        let job = delivery.job
        return Outcome(
            kind: .ok,
            payload: job.parameters,
            worker: "w",
            attempt: job.attempt,
            waited: 5,
            ran: 7,
            finished: job.submitted > 0 ? job.submitted + 12 : 0
        )
    }

    /// The same over any queue.
    init(
        _ queue: any WorkQueue,
        services: [ServiceID],
        limit: Int = 1000,
        run: @escaping @Sendable (Delivery) -> Outcome? = TestWorker.answer
    ) async throws {
        self.queue = queue
        running = Task { await queue.run() }
        let (events, held) = (events, held)
        try await queue.start(
            WorkQueueHandlers(
                start: { delivery in
                    held.withLockedValue { $0[delivery.entry] = delivery }
                    events.add(.started(delivery.job.id, delivery.entry))
                    guard let outcome = run(delivery) else { return }
                    held.withLockedValue { $0[delivery.entry] = nil }
                    queue.settle(Settlement(delivery, .end(outcome)))
                },
                cancel: { entry in
                    let delivery = held.withLockedValue { $0.removeValue(forKey: entry) }
                    events.add(.cancelled(entry))
                    guard let delivery else { return }
                    queue.settle(Settlement(delivery, .end(Outcome(kind: .cancelled, payload: ByteBuffer(string: "{}")))))
                },
                control: { events.add(.control($0)) },
                leaseLost: { _ in events.add(.leaseLost) },
                registered: { events.add(.registered($0)) }
            )
        )
        for service in services { await queue.open(service, limit: limit) }
    }

    /// Jobs that were started and have no outcome.
    var holding: [Delivery] { held.withLockedValue { Array($0.values) } }

    /// Ends a job that is held.
    func finish(_ delivery: Delivery, _ kind: OutcomeKind = .ok, _ payload: String = "{}") {
        held.withLockedValue { $0[delivery.entry] = nil }
        let outcome = Outcome(
            kind: kind,
            payload: ByteBuffer(string: payload),
            worker: "w",
            attempt: delivery.job.attempt,
            waited: 1,
            ran: 2
        )
        queue.settle(Settlement(delivery, .end(outcome)))
    }

    /// Gives back a job that is held.
    func giveBack(_ delivery: Delivery, attempt: Int) {
        held.withLockedValue { $0[delivery.entry] = nil }
        queue.settle(Settlement(delivery, .move(reason: "test", attempt: attempt, deaths: delivery.job.deaths)))
    }

    /// Waits until so many jobs were started.
    @discardableResult
    func started(_ count: Int) async -> Bool {
        await events.wait(count: count) { if case .started = $0 { true } else { false } }
    }

    func stop() async {
        await queue.stop()
        await crash()
    }

    /// Its connections end; it leaves nothing in order.
    func crash() async {
        running.cancel()
        await running.value
    }
}
