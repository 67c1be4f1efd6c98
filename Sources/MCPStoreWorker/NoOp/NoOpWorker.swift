import Logging
import MCPStoreProtocol
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A worker that answers each job at once, with the job's own id, instead of asking an MCP server: what is left is the queue.
///
/// It registers, holds a lease, fetches and settles as every worker does. It serves the services that it is given: they need
/// no configuration in the registry, and nothing is placed on it.
package struct NoOpWorker: Service {
    private let queue: RedisWorkQueue
    private let services: [ServiceID]
    private let work: TimeAmount
    private let eventLoop: any EventLoop
    private let logger: Logger

    /// - Parameters:
    ///   - services: Whose lanes it reads.
    ///   - work: How long each job takes.
    package init(
        configuration: RedisConfiguration,
        options: WorkerOptions,
        services: [ServiceID],
        work: Duration = .zero,
        eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
        logger: Logger
    ) {
        queue = RedisWorkQueue(configuration: configuration, options: options, eventLoop: eventLoop, logger: logger)
        self.services = services
        self.work = TimeAmount(work)
        self.eventLoop = eventLoop
        self.logger = logger
    }

    private static let resultStart = "{\"content\":[{\"type\":\"text\",\"text\":\""
    private static let resultEnd = "\"}]}"

    /// The result of every job: text content with its id, so that a caller can tell that an answer is its own.
    private static func result(of id: String) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 96)
        buffer.writeString(resultStart)
        buffer.writeString(id)
        buffer.writeString(resultEnd)
        return buffer
    }

    /// Whether a result is the one of this job.
    package static func isResult(_ result: ByteBuffer, of id: String) -> Bool {
        let id = id.utf8
        let start = resultStart.utf8.count
        return result.readableBytes == start + id.count + resultEnd.utf8.count
            && result.readableBytesView.dropFirst(start).starts(with: id)
    }

    /// Works until the task is cancelled or the process is told to stop, then settles what is left and leaves the pool.
    ///
    /// - Throws: `QueueError` (`redis`) where it cannot register.
    package func run() async throws {
        let connections = Task { await queue.run() }
        defer { connections.cancel() }
        try await queue.start(handlers)
        for service in services { await queue.open(service, limit: .max) }
        let (stop, requestStop) = AsyncStream.makeStream(of: Void.self)
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                for await _ in stop {}
            } onCancel: {
                requestStop.finish()
            }
        }
        await Task { await queue.stop() }.value
    }

    private var handlers: WorkQueueHandlers {
        let (queue, work, eventLoop) = (queue, work, eventLoop)
        @Sendable func end(_ delivery: Delivery, _ started: Int) {
            let now = queue.clock(of: delivery.entry.origin).now()
            let ending = CallEnding(job: delivery.job, worker: queue.workerID, started: started, finished: now)
            let response = MCPResponse.result(Self.result(of: delivery.job.id), isError: false, resultType: .complete)
            queue.settle(Settlement(delivery, ending.action(for: response)))
        }
        return WorkQueueHandlers(
            start: { delivery in
                let started = queue.clock(of: delivery.entry.origin).now()
                guard work > .zero else { return end(delivery, started) }
                eventLoop.scheduleTask(in: work) { end(delivery, started) }
            },
            // Nothing runs for long: what was settled elsewhere is dropped.
            cancel: { _ in },
            control: { _ in },
            leaseLost: { _ in },
            registered: { _ in }
        )
    }
}
