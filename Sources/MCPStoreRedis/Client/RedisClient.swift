import Logging
import NIOConcurrencyHelpers
import NIOCore

/// One multiplexed connection to one Redis server, kept open by ``run()``.
///
/// Where Sentinels say which server that is, they are asked before each connection, the server must say that it is a master,
/// and the connection is left once most of them say that the master is another one. All of that is a reconnect to those above.
///
/// Commands from any number of tasks and threads share the connection: all that are issued in one tick of the event loop go
/// out in one write, and replies come back in the order of the commands. A command that blocks on the server (`XREAD BLOCK`)
/// blocks those behind it, so give blocking reads a client object of their own.
///
/// Nothing that was written is ever sent again: after a loss the caller gets an error that says whether the command may have
/// taken effect. Commands that are issued while there is no connection wait for one until their deadline.
package final class RedisClient: Sendable {
    /// How to reach the server.
    package let configuration: RedisConfiguration
    /// The name given at creation, for logs.
    package let name: String

    /// The loop on which the connection lives and completions are called.
    package let eventLoop: any EventLoop

    let inbox: CommandInbox
    let core: NIOLoopBoundBox<ClientCore>
    private let finder: MasterFinder?
    private let logger: Logger
    private let hasRun = NIOLockedValueBox(false)

    /// Makes a client; nothing happens before ``run()``.
    /// - Parameters:
    ///   - configuration: how to reach the server.
    ///   - name: for logs, and for `CLIENT LIST` behind the configuration's `clientName`.
    ///   - eventLoop: the loop on which the connection lives and completions are called.
    ///   - logger: at debug level each command is one line, without values and secrets.
    ///   - onEvent: called on the event loop when the connection becomes ready and when it ends.
    package init(
        configuration: RedisConfiguration,
        name: String,
        eventLoop: any EventLoop,
        logger: Logger,
        onEvent: (@Sendable (RedisClientEvent) -> Void)? = nil
    ) {
        var logger = logger
        logger[metadataKey: "redis_client"] = "\(name)"
        self.configuration = configuration
        self.name = name
        self.eventLoop = eventLoop
        self.finder = MasterFinder(configuration, eventLoop: eventLoop)
        self.logger = logger
        self.inbox = CommandInbox(
            maximumCount: configuration.maximumPendingCommands,
            maximumBytes: configuration.maximumPendingBytes,
            endpoint: configuration.endpointDescription
        )
        let core = ClientCore(
            eventLoop: eventLoop,
            configuration: configuration,
            connectionName: configuration.clientName.map { "\($0):\(name)" } ?? name,
            inbox: self.inbox,
            logger: logger,
            onEvent: onEvent
        )
        self.core = NIOLoopBoundBox.makeBoxSendingValue(core, eventLoop: eventLoop)
    }

    /// Whether there is a connection that is ready.
    package var isConnected: Bool { self.inbox.isConnected }

    /// The id of the last connection that was ready, for `CLIENT UNBLOCK`; `nil` where Redis may not tell.
    package var clientID: Int? { self.inbox.clientID }

    /// Connects, serves, and connects again after each loss, until the task is cancelled. All that is pending fails then, and
    /// all that comes later. To be called once.
    package func run() async {
        let isFirst = self.hasRun.withLockedValue { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        precondition(isFirst, "run() of a RedisClient may be called once")
        if let warning = self.configuration.verificationWarning { self.logger.warning("\(warning)") }
        var delay = ReconnectDelay(socketTimeout: self.configuration.socketTimeout)
        var generator = SystemRandomNumberGenerator()
        var lastMessage = ""
        while !Task.isCancelled {
            let end = await self.serveOneConnection()
            if Task.isCancelled { break }
            if let lasted = end.lasted, lasted >= TimeAmount(bounded: delay.stableAfter) { delay.reset() }
            let wait = delay.next(using: &generator)
            // The same reason again and again is worth one warning.
            let level = end.error.message == lastMessage && end.lasted == nil ? Logger.Level.debug : .warning
            lastMessage = end.error.message
            self.logger.log(level: level, "\(end.error.message)")
            do {
                try await Task.sleep(for: wait)
            } catch {
                break
            }
        }
        self.finder?.close()
        await self.shutDown()
    }

    /// Returns when the connection, or the attempt to open one, has ended.
    private func serveOneConnection() async -> ClientCore.ConnectionEnd {
        do {
            var target = self.configuration
            if let finder = self.finder { target = target.located(at: try await finder.find()) }
            let transport = try RedisTransport(target)
            return try await withTaskCancellationHandler {
                try await withThrowingTaskGroup(of: Void.self) { [target] group in
                    if let finder = self.finder { group.addTask { await self.watch(finder, target.endpoint) } }
                    defer { group.cancelAll() }
                    return try await self.eventLoop.flatSubmit { self.core.value.connect(transport, to: target) }.get()
                }
            } onCancel: {
                self.eventLoop.execute { self.core.value.close(Self.closedError) }
            }
        } catch {
            let error = RedisError.connecting(to: self.configuration.endpointDescription, error)
            self.eventLoop.execute { self.core.value.attemptFailed(error) }
            return ClientCore.ConnectionEnd(error: error, lasted: nil)
        }
    }

    /// How often a Sentinel is asked whether the master is still where we are connected to.
    private static let watchInterval = Duration.seconds(1)

    /// Ends the connection to `endpoint` once the master is elsewhere. A failover closes it by itself, unless the old master was
    /// stopped or cut off: that one wakes up, believes that it is the master for some seconds more, and forgets what it is told.
    private func watch(_ finder: MasterFinder, _ endpoint: RedisEndpoint) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.watchInterval) } catch { return }
            guard let master = await finder.moved(from: endpoint) else { continue }
            let error = RedisError(
                .connectionLost,
                "the Sentinels say that the master is \(master) now, not \(endpoint): connecting there",
                mayHaveExecuted: true
            )
            self.eventLoop.execute { self.core.value.leave(error) }
            return
        }
    }

    private static let closedError = RedisError(.closed, "the Redis client has been shut down")

    private func shutDown() async {
        await withCheckedContinuation { continuation in
            self.eventLoop.execute {
                self.core.value.close(Self.closedError)
                continuation.resume()
            }
        }
    }
}
