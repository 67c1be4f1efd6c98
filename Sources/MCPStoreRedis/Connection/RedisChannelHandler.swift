import NIOCore

/// What a connection tells its client. Always called on the event loop.
protocol RedisChannelHandlerDelegate: AnyObject {
    /// The handshake has succeeded.
    func connectionIsReady(_ connection: RedisChannelHandler, runID: String?, clientID: Int?)
    /// A written command got its reply.
    func connection(_ connection: RedisChannelHandler, completed command: InFlightCommand, with reply: RESPReply)
    /// There may be room for more commands, and another earliest deadline.
    func connectionHasRoom(_ connection: RedisChannelHandler)
    /// The connection has ended; said once. `unanswered` were written and got no reply.
    func connectionEnded(_ connection: RedisChannelHandler, error: RedisError, unanswered: [InFlightCommand])
}

/// The last handler of a connection's pipeline: commands out in coalesced writes, replies in through hiredis' reader, and the
/// handshake before that. It lives on the channel's event loop.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The out-buffer is flushed within a tick when it has grown to this size.
    private static let flushSize = 16 * 1024
    /// Commands of this size are not copied into the out-buffer.
    private static let ownWriteSize = 64 * 1024

    private let delegate: any RedisChannelHandlerDelegate
    private let endpoint: String
    private let usesTLS: Bool
    private let handshakeTimeout: TimeAmount
    private var handshake: Handshake
    private var parser: RESPParser
    private var machine: ConnectionStateMachine<InFlightCommand>
    private var out: ByteBuffer
    private var needsFlush = false
    private var isWritable = true
    private var context: ChannelHandlerContext?
    private var handshakeTimer: Scheduled<Void>?
    private var hasEnded = false
    private var hasReceivedBytes = false

    init(configuration: RedisConfiguration, connectionName: String, delegate: any RedisChannelHandlerDelegate) {
        self.delegate = delegate
        self.endpoint = configuration.endpointDescription
        self.usesTLS = configuration.usesTLS
        self.handshakeTimeout = TimeAmount(bounded: configuration.socketTimeout)
        self.handshake = Handshake(configuration: configuration, connectionName: connectionName)
        self.parser = RESPParser(maximumReplySize: configuration.maximumReplySize)
        self.machine = ConnectionStateMachine(silenceLimit: self.handshakeTimeout)
        self.out = ByteBufferAllocator().buffer(capacity: Self.flushSize)
    }

    // MARK: What the client asks

    /// Whether a command may be written now.
    var mayWrite: Bool { self.isWritable && !self.hasEnded && self.machine.mayWrite }

    /// The earliest moment at which ``hitDeadline(now:)`` has something to do.
    var nextDeadline: NIODeadline? { self.machine.nextDeadline }

    /// The number of commands that wait for a reply.
    var waitingCount: Int { self.machine.waitingCount }

    /// Puts a command into the out-buffer; ``flush()`` must follow in the same tick.
    func write(_ command: RedisCommand, _ waiting: InFlightCommand, now: NIODeadline) {
        self.machine.wrote(waiting, id: waiting.id, now: now, deadline: waiting.deadline)
        self.encode(command)
        if self.out.readableBytes >= Self.flushSize { self.flush() }
    }

    private func encode(_ command: RedisCommand) {
        guard command.encodedSize >= Self.ownWriteSize, let context = self.context else { return command.encode(into: &self.out) }
        command.encodeHead(into: &self.out)
        context.write(self.wrapOutboundOut(self.out), promise: nil)
        context.write(self.wrapOutboundOut(command.body), promise: nil)
        self.out.clear()
        self.needsFlush = true
    }

    /// Sends what the out-buffer holds, in one write.
    func flush() {
        guard let context = self.context else { return }
        if self.out.readableBytes > 0 {
            context.writeAndFlush(self.wrapOutboundOut(self.out), promise: nil)
            // The write has usually happened by now, so that the storage is ours again and is kept.
            self.out.clear()
            self.needsFlush = false
        } else if self.needsFlush {
            context.flush()
            self.needsFlush = false
        }
    }

    /// Takes back the context of a written command whose caller gives up; its reply will be swallowed.
    func cancel(id: UInt64) -> InFlightCommand? { self.machine.cancel(id: id) }

    /// Returns commands whose deadline has passed, and ends the connection if the peer is silent or has been drained.
    func hitDeadline(now: NIODeadline) -> [InFlightCommand] {
        let action = self.machine.hitDeadline(now: now)
        switch action.close {
        case .silent:
            self.close(
                RedisError(
                    .connectionLost,
                    "\(self.endpoint) sent nothing for longer than the socket timeout although a reply is due; reconnecting",
                    mayHaveExecuted: true
                )
            )
        case .drained(let reason): self.close(reason)
        case nil: break
        }
        return action.expired
    }

    /// Writes nothing more and closes after the replies that are due, or after `limit`.
    func drain(_ reason: RedisError, now: NIODeadline) {
        self.machine.drain(reason: reason, deadline: now + self.handshakeTimeout)
    }

    /// Ends the connection for this reason.
    func close(_ error: RedisError) {
        let context = self.context
        self.end(error)
        context?.close(promise: nil)
    }

    private func end(_ error: RedisError) {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        self.handshakeTimer?.cancel()
        self.handshakeTimer = nil
        let unanswered = self.machine.closed()
        self.delegate.connectionEnded(self, error: error, unanswered: unanswered)
    }

    // MARK: What the channel says

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.end(RedisError(.connectionLost, "the connection to \(self.endpoint) was taken down", mayHaveExecuted: true))
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.handshakeTimer == nil, !self.hasEnded else { return }
        for command in self.handshake.commands { command.encode(into: &self.out) }
        self.flush()
        // Passwords do not stay in the buffer that is reused.
        self.out = ByteBufferAllocator().buffer(capacity: Self.flushSize)
        let loop = context.eventLoop.assumeIsolated()
        self.handshakeTimer = loop.scheduleTask(in: self.handshakeTimeout) { self.handshakeTimedOut() }
    }

    private func handshakeTimedOut() {
        self.close(self.unanswered)
    }

    /// What is to be said where the time is up and the handshake is not over.
    var unanswered: RedisError {
        let what =
            if self.hasReceivedBytes {
                "did not finish the handshake in time"
            } else if self.usesTLS {
                // A plain Redis takes the start of a TLS handshake for an unfinished command, and waits for the rest.
                "accepted the connection but did not answer over TLS in time; is it a plain Redis port (use redis://), and is it alive?"
            } else {
                "accepted the connection but did not answer in time; is it a Redis server, and is it alive?"
            }
        return RedisError(.unreachable, "\(self.endpoint) \(what)")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.hasReceivedBytes = true
        self.machine.receivedBytes(now: context.eventLoop.now)
        do {
            try self.parser.parse(bytes) { self.received($0) }
        } catch {
            self.close(self.explain(error))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let reason = self.machine.drainedReason {
            self.close(reason)
        } else if !self.hasEnded {
            self.delegate.connectionHasRoom(self)
        }
        context.fireChannelReadComplete()
    }

    private func received(_ reply: RESPReply) {
        switch self.machine.receivedReply() {
        case .complete(let command): self.delegate.connection(self, completed: command, with: reply)
        case .swallow, .ignore: break
        case .handshake: self.receivedHandshakeReply(reply)
        case .unsolicited:
            let text = reply.errorMessage.map { ": \(RedisError.withoutEchoedArguments($0))" } ?? ""
            self.close(
                RedisError(
                    .protocolViolation,
                    "\(self.endpoint) sent a reply that nobody asked for\(text)",
                    mayHaveExecuted: true
                )
            )
        }
    }

    private func receivedHandshakeReply(_ reply: RESPReply) {
        switch self.handshake.received(reply) {
        case nil: break
        case .failed(let error): self.close(error)
        case .ready(let runID, let clientID):
            self.handshakeTimer?.cancel()
            self.machine.handshakeCompleted()
            self.delegate.connectionIsReady(self, runID: runID, clientID: clientID)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        if self.isWritable, !self.hasEnded { self.delegate.connectionHasRoom(self) }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        var reason = RedisError.connecting(to: self.endpoint, error, duringHandshake: self.machine.isHandshaking)
        if self.machine.isHandshaking, reason.code == .unreachable { reason = self.closedDuringHandshake }
        self.close(reason)
    }

    private var closedDuringHandshake: RedisError {
        let question = self.usesTLS ? "is it a TLS port, and does it accept this client?" : "is it a TLS port (use rediss://)?"
        return RedisError(.unreachable, "\(self.endpoint) closed the connection during the handshake; \(question)")
    }

    func channelInactive(context: ChannelHandlerContext) {
        let error: RedisError
        if !self.machine.isHandshaking {
            error = RedisError(.connectionLost, "\(self.endpoint) closed the connection", mayHaveExecuted: true)
        } else {
            error = self.closedDuringHandshake
        }
        self.end(error)
        context.fireChannelInactive()
    }

    private func explain(_ failure: RESPParser.Failure) -> RedisError {
        switch failure {
        case .violation where self.machine.isHandshaking:
            RedisError(
                .protocolViolation,
                "\(self.endpoint) did not answer in the Redis protocol; is it a Redis server, or a TLS port (use rediss://)?"
            )
        case .violation(let text):
            RedisError(
                .protocolViolation,
                "\(self.endpoint) sent what is not the Redis protocol (\(text.prefix(100))); the connection was closed",
                mayHaveExecuted: true
            )
        case .tooLarge:
            RedisError(
                .replyTooLarge,
                "\(self.endpoint) sent a reply larger than allowed; the connection was closed",
                mayHaveExecuted: true
            )
        case .outOfMemory:
            RedisError(.replyTooLarge, "no memory for a reply of \(self.endpoint)", mayHaveExecuted: true)
        }
    }
}
