import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport

/// The caller's side of a queue as a store sets it up: one connection for commands, one that reads the inbox.
final class TestCaller: Sendable {
    let queue: RedisJobQueue
    let client: RedisClient
    let reader: StreamReader
    private let tasks: [Task<Void, Never>]

    init(
        _ space: Space,
        _ configuration: RedisConfiguration,
        limits: CallerLimits = .init(),
        services: [String] = [],
        hint: @escaping @Sendable (String) -> RedisJobQueue.ServiceHint = { _ in .init(pool: nil, workers: []) }
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let target = NIOLockedValueBox<RedisJobQueue?>(nil)
        let runID = NIOLockedValueBox<String?>(nil)
        client = RedisClient(configuration: configuration, name: "caller", eventLoop: loop, logger: .silent) { event in
            guard case .connected(let identity) = event else { return }
            let isNew = runID.withLockedValue { old in
                defer { old = identity.runID }
                return old != nil && old != identity.runID
            }
            target.withLockedValue { $0 }?.connected(identity, isNewServer: isNew)
        }
        let readerClient = RedisClient(configuration: configuration, name: "inbox", eventLoop: loop, logger: .silent)
        reader = StreamReader(
            client: readerClient,
            socketTimeout: configuration.socketTimeout,
            eventLoop: loop,
            logger: .silent,
            onIdle: { target.withLockedValue { $0 }?.tick() }
        )
        let queue = RedisJobQueue(
            space: space,
            caller: "c" + String(UInt64.random(in: 0...UInt64.max), radix: 36),
            client: client,
            reader: reader,
            clock: ServerClock(),
            socketTimeout: configuration.socketTimeout,
            limits: limits,
            eventLoop: loop,
            logger: .silent,
            services: { services },
            hint: hint
        )
        self.queue = queue
        target.withLockedValue { $0 = queue }
        let client = client
        tasks = [Task { await client.run() }, Task { await readerClient.run() }]
        try await queue.open()
        reader.start()
    }

    /// A job of this caller.
    func job(
        _ service: ServiceID,
        _ name: String = "echo",
        _ parameters: String = "{}",
        lane: Lane = .interactive,
        timeout: Int = 30_000,
        again: Bool = false
    ) -> Job {
        queue.job(service, name, parameters, lane: lane, timeout: timeout, again: again)
    }

    /// Submits a job; refusals and failures come back as values.
    func call(_ job: Job) async -> Result<Outcome, QueueError> { await queue.call(job) }

    func close() async {
        await queue.close()
        reader.stop()
        for task in tasks {
            task.cancel()
            await task.value
        }
    }
}

extension Logger {
    static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

extension Result where Success == Outcome, Failure == QueueError {
    var kind: OutcomeKind? { if case .success(let outcome) = self { outcome.kind } else { nil } }
    var text: String? { if case .success(let outcome) = self { String(buffer: outcome.payload) } else { nil } }
    var code: QueueError.Code? { if case .failure(let error) = self { error.code } else { nil } }
}
