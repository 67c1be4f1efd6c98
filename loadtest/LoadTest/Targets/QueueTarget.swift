import LoadDriver
import Logging
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Calls through the queue alone: this process is the caller, worker processes with the no-op executor answer.
final class QueueTarget: LoadTarget {
    /// The one service of each space that it calls.
    static let service = "noop"
    static let tool = "noop"

    private let queues: [RedisJobQueue]
    private let services: [ServiceID]
    private let reader: StreamReader
    private let connections: [Task<Void, Never>]
    private let payloads = Payloads(tool: QueueTarget.tool)
    /// Who is rung where a job comes into a lane that was quiet, as callers know it from the registry.
    private let hint: NIOLockedValueBox<RedisJobQueue.ServiceHint>

    /// Connects and opens an inbox in each space.
    ///
    /// - Throws: `QueueError` or `RedisError` where Redis cannot be used.
    init(_ configuration: RedisConfiguration, spaces: [Space], logger: Logger) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let all = NIOLockedValueBox<[RedisJobQueue]>([])
        let client = RedisClient(configuration: configuration, name: "loadtest", eventLoop: eventLoop, logger: logger) { event in
            guard case .connected(let identity) = event else { return }
            for queue in all.withLockedValue({ $0 }) { queue.connected(identity, isNewServer: false) }
        }
        let following = RedisClient(configuration: configuration, name: "loadtest-inbox", eventLoop: eventLoop, logger: logger)
        let reader = StreamReader(
            client: following,
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: logger,
            onIdle: { for queue in all.withLockedValue({ $0 }) { queue.tick() } }
        )
        let clock = ServerClock()
        let hint = NIOLockedValueBox(RedisJobQueue.ServiceHint(pool: nil, workers: []))
        self.hint = hint
        let name = "lt" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let queues = spaces.map { space in
            RedisJobQueue(
                space: space,
                caller: name,
                client: client,
                reader: reader,
                clock: clock,
                socketTimeout: configuration.socketTimeout,
                eventLoop: eventLoop,
                logger: logger,
                hint: { _ in hint.withLockedValue { $0 } }
            )
        }
        services = spaces.map { ServiceID(space: $0, name: Self.service) }
        self.queues = queues
        self.reader = reader
        all.withLockedValue { $0 = queues }
        connections = [Task { await client.run() }, Task { await following.run() }]
        do {
            try await client.waitUntilConnected(timeout: configuration.socketTimeout)
            try await clock.measure(client)
            for queue in queues { try await queue.open() }
        } catch {
            // Also where the task is cancelled.
            await Task { await close() }.value
            throw error
        }
        reader.start()
    }

    /// Says which workers have the service.
    func rings(_ workers: [String], in pool: Pool) {
        hint.withLockedValue { $0 = .init(pool: pool, workers: workers) }
    }

    func call(_ call: PlannedCall) async -> CallAnswer {
        let tenant = call.tenant % queues.count
        let queue = queues[tenant]
        let job = Job(
            id: queue.makeJobID(),
            service: services[tenant],
            lane: call.lane == "batch" ? .batch : .interactive,
            name: Self.tool,
            parameters: payloads.parameters(of: call),
            inbox: queue.caller,
            submitted: queue.now
        )
        do throws(QueueError) {
            let outcome = try await queue.submit(job)
            guard outcome.kind == .ok else { return CallAnswer(outcome: outcome.kind.rawValue) }
            guard NoOpWorker.isResult(outcome.payload, of: job.id) else {
                return CallAnswer(outcome: "wrongAnswer", message: "the answer is not the one of its job")
            }
            let returned = outcome.finished > 0 ? max(queue.now - outcome.finished, 0) : nil
            return CallAnswer(outcome: "ok", queued: outcome.waited, run: outcome.ran, returned: returned)
        } catch {
            return CallAnswer(outcome: "\(error.code)", message: error.message)
        }
    }

    func close() async {
        for queue in queues { await queue.close() }
        reader.stop()
        for connection in connections {
            connection.cancel()
            await connection.value
        }
    }
}
