import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

/// A worker of a test: takes the jobs of some services and answers them with a closure.
final class AnsweringWorker: Sendable {
    let queue: RedisWorkQueue
    private let running: Task<Void, Never>

    /// - Parameter answer: The outcome of a job; `nil` leaves it running.
    init(
        _ fixture: StoreFixture,
        services: [String],
        answer: @escaping @Sendable (RedisWorkQueue, Job) -> Outcome?
    ) async throws {
        let queue = RedisWorkQueue(
            configuration: fixture.configuration,
            options: WorkerOptions(pool: fixture.pool),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: .silent
        )
        self.queue = queue
        running = Task { await queue.run() }
        try await queue.start(
            WorkQueueHandlers(
                start: { delivery in
                    guard let outcome = answer(queue, delivery.job) else { return }
                    queue.settle(Settlement(delivery, .end(outcome)))
                },
                cancel: { _ in },
                control: { _ in },
                leaseLost: { _ in },
                registered: { _ in }
            )
        )
        for service in services { await queue.open(ServiceID(space: fixture.space, name: service), limit: 100) }
    }

    func stop() async {
        await queue.stop()
        running.cancel()
        await running.value
    }
}

extension Outcome {
    static func test(_ kind: OutcomeKind, _ payload: String) -> Outcome {
        Outcome(kind: kind, payload: ByteBuffer(string: payload), worker: "w-test", waited: 1500, ran: 2500, finished: 0)
    }
}
