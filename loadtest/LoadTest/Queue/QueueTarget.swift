import Logging
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Calls through the queue alone: this process is the caller, a worker process with the no-op executor answers.
final class QueueTarget: Target {
    /// The one service that it calls.
    static let service = "noop"

    private let queue: RedisJobQueue
    private let reader: StreamReader
    private let connections: [Task<Void, Never>]
    private let serviceID: ServiceID
    private let parameters: ByteBuffer

    /// Connects and opens the inbox.
    ///
    /// - Throws: `QueueError` where Redis cannot be used.
    init(_ configuration: RedisConfiguration, space: Space, payload: Int, logger: Logger) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let target = NIOLockedValueBox<RedisJobQueue?>(nil)
        let client = RedisClient(configuration: configuration, name: "loadtest", eventLoop: eventLoop, logger: logger) { event in
            guard case .connected(let identity) = event else { return }
            target.withLockedValue { $0 }?.connected(identity, isNewServer: false)
        }
        let following = RedisClient(configuration: configuration, name: "loadtest-inbox", eventLoop: eventLoop, logger: logger)
        reader = StreamReader(
            client: following,
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: logger,
            onIdle: { target.withLockedValue { $0 }?.tick() }
        )
        queue = RedisJobQueue(
            space: space,
            caller: "loadtest-" + String(UInt64.random(in: 0...UInt64.max), radix: 36),
            client: client,
            reader: reader,
            clock: ServerClock(),
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: logger,
            hint: { _ in .init(pool: nil, trouble: nil, workers: []) }
        )
        serviceID = ServiceID(space: space, name: Self.service)
        // An object of so many bytes.
        let frame = "{\"name\":\"noop\",\"arguments\":{\"text\":\"\"}}"
        let text = String(repeating: "x", count: max(payload - frame.utf8.count, 0))
        parameters = ByteBuffer(string: "{\"name\":\"noop\",\"arguments\":{\"text\":\"\(text)\"}}")
        let (queue, reader) = (queue, reader)
        target.withLockedValue { $0 = queue }
        connections = [Task { await client.run() }, Task { await following.run() }]
        try await queue.open()
        reader.start()
    }

    func call() async throws {
        let job = Job(
            id: queue.makeJobID(),
            service: serviceID,
            name: "noop",
            parameters: parameters,
            inbox: queue.caller,
            timeout: 60_000,
            submitted: queue.now
        )
        let outcome = try await queue.submit(job)
        guard outcome.kind == .ok, outcome.payload == NoOpWorker.result(of: job.id) else {
            throw UnexpectedAnswer(text: "\(outcome.kind)")
        }
    }

    func close() async {
        await queue.close()
        reader.stop()
        for connection in connections {
            connection.cancel()
            await connection.value
        }
    }
}
