import Logging
import NIOCore

/// The part of a client that lives on its event loop: what waits, the one connection, the one timer.
///
/// It is not `Sendable`; ``RedisClient`` reaches it through a `NIOLoopBoundBox`.
final class ClientCore {
    /// How one attempt to connect, or the connection that came of it, ended.
    struct ConnectionEnd: Sendable {
        var error: RedisError
        /// How long the connection was ready; `nil` if it never was.
        var lasted: TimeAmount?
    }

    /// How late a deadline may be noticed when many follow one another closely.
    private static let timerGranularity = TimeAmount.milliseconds(5)

    private let eventLoop: any EventLoop
    private let configuration: RedisConfiguration
    private let connectionName: String
    private let inbox: CommandInbox
    private let onEvent: (@Sendable (RedisClientEvent) -> Void)?
    private let logger: Logger
    private let commandLog: CommandLog?
    private var roundTrips = RoundTripCounter()

    private var taken: [QueuedCommand] = []
    private var backlog = CommandBacklog()
    private var reportedBacklog = 0
    private var isDraining = false
    /// Scripts that were queued a second time: the id that the caller knows, and the present one.
    private var requeued: [UInt64: UInt64] = [:]

    private var connection: RedisChannelHandler?
    /// The server of the present or the last connection, for messages.
    private var endpoint: String
    private var isReady = false
    private var readySince: NIODeadline?
    private var generation = 0
    private var ending: EventLoopPromise<ConnectionEnd>?
    private var lastError: RedisError?
    private var closedBy: RedisError?

    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture

    init(
        eventLoop: any EventLoop,
        configuration: RedisConfiguration,
        connectionName: String,
        inbox: CommandInbox,
        logger: Logger,
        onEvent: (@Sendable (RedisClientEvent) -> Void)?
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.endpoint = configuration.endpointDescription
        self.connectionName = connectionName
        self.inbox = inbox
        self.onEvent = onEvent
        self.logger = logger
        self.commandLog = CommandLog(logger)
    }

    // MARK: Commands

    /// Takes everything from the inbox; called once per burst of commands, at the end of the event loop's tick.
    func drain() {
        self.isDraining = true
        defer { self.isDraining = false }
        self.inbox.take(into: &self.taken, backlog: self.backlog)
        // What was taken counts as waiting until reportBacklog() has said otherwise.
        self.reportedBacklog = -1
        let now = self.eventLoop.now
        var earliest = NIODeadline.distantFuture
        for command in self.taken {
            earliest = min(earliest, command.deadline)
            self.accept(command, now: now)
        }
        if self.taken.capacity > 4096 { self.taken = [] } else { self.taken.removeAll(keepingCapacity: true) }
        self.connection?.flush()
        self.reportBacklog()
        self.arm(earliest)
    }

    /// The same before the end of the tick, where nothing but writing is to be done.
    func drainEarly() {
        guard self.isReady, self.backlog.isEmpty, !self.isDraining, self.connection?.mayWrite == true else { return }
        self.drain()
    }

    private func accept(_ command: QueuedCommand, now: NIODeadline) {
        if let closedBy = self.closedBy {
            self.finish(command, .failure(closedBy))
        } else if self.backlog.isEmpty, self.isReady, let connection = self.connection, connection.mayWrite {
            self.write(command, connection, now: now)
        } else if !self.isReady, let error = self.lastError, error.isPermanent {
            self.finish(command, .failure(error))
        } else {
            self.backlog.append(command)
        }
    }

    private func write(_ queued: QueuedCommand, _ connection: RedisChannelHandler, now: NIODeadline) {
        let command: RedisCommand
        let script: (RedisScript, RedisCommand)?
        switch queued.work {
        case .untilConnected: return self.finish(queued, .success(RESPReply(token: .null, tape: [], arena: ByteBuffer())))
        case .command(let plain): (command, script) = (plain, nil)
        case .script(let source, let call): (command, script) = (call, (source, call))
        }
        let waiting = InFlightCommand(
            id: queued.id,
            callerID: queued.callerID,
            name: command.name,
            wordCount: command.count,
            bytesSent: command.encodedSize,
            start: queued.start,
            deadline: queued.deadline,
            script: script,
            shown: self.commandLog == nil
                ? nil : ShownCommand(command, scriptName: script?.0.name ?? queued.scriptName),
            sink: queued.sink
        )
        connection.write(command, waiting, now: now)
    }

    /// Writes what waits, as far as there is room.
    private func writeBacklog() {
        guard self.isReady, let connection = self.connection, !self.backlog.isEmpty else { return }
        let now = self.eventLoop.now
        while connection.mayWrite, let command = self.backlog.popFirst() { self.write(command, connection, now: now) }
        connection.flush()
        self.reportBacklog()
    }

    private func reportBacklog() {
        guard self.backlog.count != self.reportedBacklog else { return }
        self.reportedBacklog = self.backlog.count
        self.inbox.setBacklog(self.backlog)
    }

    /// The callers of these commands give up: they resume at once.
    func cancel(ids: Range<UInt64>) {
        let error = RedisError(.cancelled, "the task that waited for Redis was cancelled")
        for callerID in ids {
            let id = self.requeued[callerID] ?? callerID
            if let command = self.inbox.remove(id: id) ?? self.backlog.remove(id: id) {
                self.finish(command, .failure(error))
            } else if let command = self.connection?.cancel(id: id) {
                var error = error
                error.mayHaveExecuted = true
                self.finish(command, .failure(error))
            }
        }
        self.reportBacklog()
    }

    private func finish(_ command: QueuedCommand, _ result: Result<RESPReply, RedisError>) {
        if let callerID = command.callerID { self.requeued[callerID] = nil }
        command.sink.complete(result)
    }

    private func finish(_ command: InFlightCommand, _ result: Result<RESPReply, RedisError>) {
        if let callerID = command.callerID { self.requeued[callerID] = nil }
        let now = self.eventLoop.now
        self.roundTrips.add(command, result, now: now)
        self.commandLog?.log(command, result, now: now)
        command.sink.complete(result)
    }

    /// The server does not know the script, so it has run nothing: send it along, once.
    private func sendSource(of command: InFlightCommand, _ script: RedisScript, _ call: RedisCommand) {
        let callerID = command.callerID ?? command.id
        let again = QueuedCommand(
            id: 0,
            work: .command(script.evalCommand(from: call)),
            start: command.start,
            deadline: command.deadline,
            sink: command.sink,
            callerID: callerID,
            scriptName: script.name
        )
        switch self.inbox.requeue(again) {
        case .queued(let id, let needsDrain):
            self.requeued[callerID] = id
            if needsDrain { self.eventLoop.assumeIsolated().execute { self.drain() } }
        case .refused(let error):
            self.finish(command, .failure(error))
        }
    }

    // MARK: Deadlines

    /// Makes sure that the timer fires at `deadline` or before. It is not moved when commands complete: it then finds nothing
    /// to do, and looks for the next deadline.
    private func arm(_ deadline: NIODeadline) {
        guard deadline < self.timerDeadline else { return }
        self.timer?.cancel()
        self.timerDeadline = deadline
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    private func timerFired() {
        self.timer = nil
        self.timerDeadline = .distantFuture
        let now = self.eventLoop.now
        for command in self.backlog.removeExpired(now: now) { self.finish(command, .failure(self.expiry(of: command))) }
        for command in self.connection?.hitDeadline(now: now) ?? [] {
            self.finish(
                command,
                .failure(
                    RedisError(
                        .timedOut,
                        "\(self.endpoint) did not answer \(command.name) within "
                            + "\((command.deadline - command.start).text)",
                        mayHaveExecuted: true
                    )
                )
            )
        }
        self.reportBacklog()
        // Looking for the next deadline costs a walk over all commands, so it is done every few milliseconds at most.
        let soonest = now + Self.timerGranularity
        for deadline in [self.backlog.nextDeadline, self.connection?.nextDeadline] {
            if let deadline { self.arm(max(deadline, soonest)) }
        }
    }

    private func expiry(of command: QueuedCommand) -> RedisError {
        let waited = (command.deadline - command.start).text
        if self.isReady {
            return RedisError(
                .timedOut,
                "a command waited \(waited) for room on the connection to \(self.endpoint)"
            )
        }
        // The first attempt and the command may run out of time together: what the attempt waits for says more.
        let reason =
            self.lastError?.message ?? self.connection?.unanswered.message
            ?? "there is no connection to \(self.configuration.endpointDescription) yet"
        return RedisError(.notConnected, "no connection to Redis within \(waited): \(reason)")
    }

    // MARK: Connections

    /// Opens a connection. The future succeeds when the attempt has failed or the connection has ended.
    /// - Parameters:
    ///   - transport: opens it.
    ///   - target: the server that is to be reached.
    func connect(_ transport: RedisTransport, to target: RedisConfiguration) -> EventLoopFuture<ConnectionEnd> {
        let promise = self.eventLoop.makePromise(of: ConnectionEnd.self)
        if let closedBy = self.closedBy {
            promise.succeed(ConnectionEnd(error: closedBy, lasted: nil))
            return promise.futureResult
        }
        self.ending = promise
        transport.connect(on: self.eventLoop).assumeIsolated().whenComplete { result in
            guard self.closedBy == nil else {
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            do {
                let channel = try result.get()
                let handler = self.makeHandler(target)
                do {
                    try transport.addHandlers(to: channel, handler)
                } catch {
                    channel.close(promise: nil)
                    throw error
                }
            } catch {
                self.attemptFailed(RedisError.connecting(to: target.endpointDescription, error))
            }
        }
        return promise.futureResult
    }

    /// Makes the handler of a new connection; the one before must have ended.
    /// - Parameter target: the server that is to be reached; the client's configuration without it.
    func makeHandler(_ target: RedisConfiguration? = nil) -> RedisChannelHandler {
        let target = target ?? self.configuration
        self.endpoint = target.endpointDescription
        let handler = RedisChannelHandler(configuration: target, connectionName: self.connectionName, delegate: self)
        self.connection = handler
        return handler
    }

    /// An attempt to connect has failed: everybody who waits hears it if waiting does not help.
    func attemptFailed(_ error: RedisError) {
        self.connection = nil
        self.lastError = error
        if error.isPermanent {
            for command in self.backlog.removeAll() { self.finish(command, .failure(error)) }
            self.reportBacklog()
        }
        self.end(error, lasted: nil)
    }

    private func end(_ error: RedisError, lasted: TimeAmount?) {
        let promise = self.ending.take()
        promise?.succeed(ConnectionEnd(error: error, lasted: lasted))
    }

    /// Ends the connection to a server that is not the right one any more.
    func leave(_ error: RedisError) { self.connection?.close(error) }

    /// Ends everything; nothing is accepted any more.
    func close(_ error: RedisError) {
        guard self.closedBy == nil else { return }
        self.closedBy = error
        self.inbox.close(error)
        self.connection?.close(error)
        for command in self.backlog.removeAll() { self.finish(command, .failure(error)) }
        self.drain()
        self.timer?.cancel()
        self.timer = nil
        self.end(error, lasted: nil)
    }
}

extension ClientCore: RedisChannelHandlerDelegate {
    func connectionIsReady(_ connection: RedisChannelHandler, runID: String?, clientID: Int?) {
        self.isReady = true
        self.readySince = self.eventLoop.now
        self.lastError = nil
        self.generation += 1
        self.inbox.clientID = clientID
        self.inbox.isConnected = true
        // The first connection is what everybody expects; a later one ends what warnings were about.
        self.logger.log(
            level: self.generation == 1 ? .debug : .info,
            "connected to \(self.endpoint)",
            metadata: ["redis_generation": "\(self.generation)"]
        )
        self.onEvent?(.connected(RedisServerIdentity(runID: runID, clientID: clientID, generation: self.generation)))
        self.writeBacklog()
    }

    func connection(_ connection: RedisChannelHandler, completed command: InFlightCommand, with reply: RESPReply) {
        guard let text = reply.errorMessage else { return self.finish(command, .success(reply)) }
        let error = RedisError.server(text, runsScript: RedisCommand.runsScript(command.name))
        if error.serverCode == "NOSCRIPT", let (script, call) = command.script {
            return self.sendSource(of: command, script, call)
        }
        if error.asksForReconnect {
            var reason = error
            reason.code = .serverNotReady
            reason.message = "\(self.endpoint) cannot serve now: \(error.message)"
            let now = self.eventLoop.now
            connection.drain(reason, now: now)
            self.arm(now + TimeAmount(bounded: self.configuration.socketTimeout))
        }
        self.finish(command, .failure(error))
    }

    func connectionHasRoom(_ connection: RedisChannelHandler) {
        self.writeBacklog()
    }

    func connectionEnded(_ connection: RedisChannelHandler, error: RedisError, unanswered: [InFlightCommand]) {
        guard self.connection === connection else { return }
        guard self.isReady else { return self.attemptFailed(error) }
        self.connection = nil
        self.isReady = false
        self.lastError = error
        self.inbox.isConnected = false
        let lasted = self.readySince.map { self.eventLoop.now - $0 }
        self.onEvent?(.disconnected(error))
        for command in unanswered {
            self.finish(
                command,
                .failure(
                    RedisError(
                        .connectionLost,
                        "the connection ended before \(command.name) was answered: \(error.message)",
                        mayHaveExecuted: true
                    )
                )
            )
        }
        self.end(error, lasted: lasted)
    }
}
