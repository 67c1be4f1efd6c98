import DequeModule
import NIOCore

/// The last handler of a connection to a Sentinel: questions out, answers in, in order. It lives on the channel's event loop.
///
/// Whatever goes wrong ends the connection and fails all questions; whoever asked turns to another Sentinel.
final class SentinelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Awaited {
        case login
        case answer(EventLoopPromise<RESPReply>)
    }

    private let endpoint: String
    private let login: RedisCommand?
    private var parser = RESPParser(maximumReplySize: 1 << 20, maximumElements: 4096)
    private var awaited: Deque<Awaited> = []
    private var context: ChannelHandlerContext?
    private var endedBy: RedisError?

    init(endpoint: RedisEndpoint, group: SentinelGroup) {
        self.endpoint = endpoint.description
        self.login = group.password.map { password in
            var command = RedisCommand("AUTH")
            if let user = group.user { command.append(user) }
            command.append(password)
            return command
        }
    }

    /// Asks a question.
    /// - Parameter timeout: after it the question fails and the connection is closed.
    func ask(_ command: RedisCommand, timeout: TimeAmount) -> EventLoopFuture<RESPReply> {
        guard let context = self.context else {
            preconditionFailure("a Sentinel is asked over a connection that was never opened")
        }
        let promise = context.eventLoop.makePromise(of: RESPReply.self)
        if let endedBy = self.endedBy {
            promise.fail(endedBy)
            return promise.futureResult
        }
        self.awaited.append(.answer(promise))
        self.write(command, context)
        let late = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.close(
                RedisError(
                    .timedOut,
                    "\(self.endpoint) did not answer within \(timeout.text); is it a Sentinel, and is it alive?"
                )
            )
        }
        promise.futureResult.whenComplete { _ in late.cancel() }
        return promise.futureResult
    }

    private func write(_ command: RedisCommand, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: command.encodedSize)
        command.encode(into: &buffer)
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let login = self.login else { return }
        self.awaited.append(.login)
        self.write(login, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end(RedisError(.connectionLost, "the connection to \(self.endpoint) was taken down"))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try self.parser.parse(self.unwrapInboundIn(data)) { self.received($0) }
        } catch {
            self.close(RedisError(.protocolViolation, "\(self.endpoint) did not answer in the Redis protocol; is it a Sentinel?"))
        }
    }

    private func received(_ reply: RESPReply) {
        switch self.awaited.popFirst() {
        case .answer(let promise): promise.succeed(reply)
        case .login:
            guard reply.errorMessage != nil else { return }
            // Its text is not repeated: a server that does not know AUTH would echo the password.
            self.close(
                RedisError(.authenticationFailed, "\(self.endpoint) refused the user name or password of the Sentinels")
            )
        case nil:
            self.close(RedisError(.protocolViolation, "\(self.endpoint) sent a reply that nobody asked for"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close(RedisError.connecting(to: self.endpoint, error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(RedisError(.connectionLost, "\(self.endpoint) closed the connection"))
        context.fireChannelInactive()
    }

    private func close(_ error: RedisError) {
        self.end(error)
        self.context?.close(promise: nil)
    }

    private func end(_ error: RedisError) {
        guard self.endedBy == nil else { return }
        self.endedBy = error
        let awaited = self.awaited
        self.awaited = []
        for case .answer(let promise) in awaited { promise.fail(error) }
    }
}
