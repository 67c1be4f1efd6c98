import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

/// Membership, placement and recovery of one pool. Any number may run; one leads, the others stand by.
///
/// Everything that the leader does is fenced in Redis or may be done twice, so that a leader that dies at any point, or acts a
/// moment too long, leaves nothing that the next one cannot go on with.
package final class Coordinator: Service {
    /// Unique; `c-` and 10 characters, then perhaps `@` and its ``ProcessIdentity``.
    package let id: String

    let options: CoordinatorOptions
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let commands: RedisClient
    let pool: RedisPool
    let clock = ServerClock()
    let patience: NIOLockedValueBox<Patience>
    let alarm: Alarm
    let reader: StreamReader
    /// The present term; `nil` for a standby.
    let office: NIOLockedValueBox<Office?>
    /// The leader for whom it stands by.
    let lastLeader = NIOLockedValueBox("")
    private let eventsClient: RedisClient

    /// - Parameters:
    ///   - configuration: Redis, as this coordinator reaches it: two connections.
    ///   - eventLoop: where the connections live.
    package init(configuration: RedisConfiguration, options: CoordinatorOptions, eventLoop: any EventLoop, logger: Logger) {
        let process = options.looksForProcesses ? ProcessIdentity.current : nil
        id = Self.makeID() + (process.map { "@\($0)" } ?? "")
        self.options = options
        self.configuration = configuration
        self.eventLoop = eventLoop
        var logger = logger
        logger[.coordinator] = String(id.prefix { $0 != "@" })
        logger[.pool] = options.pool.description
        self.logger = logger
        let lease = options.workerLeaseMicroseconds
        let patience = NIOLockedValueBox(Patience(workerLease: lease, now: ServerClock.boot()))
        self.patience = patience
        let alarm = Alarm(eventLoop: eventLoop)
        self.alarm = alarm
        let office = NIOLockedValueBox<Office?>(nil)
        self.office = office
        commands = RedisClient(configuration: configuration, name: "coordinator", eventLoop: eventLoop, logger: logger) { event in
            // Every new connection: there was a gap, or the server is another one.
            guard case .connected(let identity) = event else { return }
            patience.withLockedValue { $0.begin(now: ServerClock.boot()) }
            guard identity.generation > 1 else { return }
            office.withLockedValue { $0 }?.resync()
            alarm.ring()
        }
        pool = RedisPool(options.pool, client: commands)
        // Both connections are lost for the same reason, which is said once.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        eventsClient = RedisClient(configuration: configuration, name: "coordinator-events", eventLoop: eventLoop, logger: quiet)
        reader = StreamReader(
            client: eventsClient,
            socketTimeout: configuration.socketTimeout,
            eventLoop: eventLoop,
            logger: logger
        )
    }

    /// Whether it leads now, by its own count of its lease.
    package var isLeading: Bool { office.withLockedValue { $0?.context.term.isHeld ?? false } }

    /// Whether it is connected and follows the events of its pool.
    package var isReady: Bool { commands.isConnected && reader.isArmed }

    /// Stands by and leads until the task is cancelled or a graceful shutdown begins; then gives its office back, so that
    /// another leads at once. Never ends because Redis is away. To be called once.
    package func run() async throws {
        // Not children of this task: they carry the resignation after it was cancelled.
        let connections = [commands, eventsClient].map { client in Task { await client.run() } }
        reader.start()
        await cancelWhenGracefulShutdown { await self.campaign() }
        await Task { await self.resign() }.value
        reader.stop()
        for connection in connections { connection.cancel() }
        for connection in connections { await connection.value }
    }

    private static func makeID() -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return "c-" + String((0..<10).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
