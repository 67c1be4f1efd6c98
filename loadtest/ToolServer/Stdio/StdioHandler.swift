import NIOCore

/// Serves MCP over one byte stream, a message per line. Answers to the lines of one read leave in one write.
final class StdioHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Answers are handed to the channel when so many bytes wait, also within one read.
    private static let flushThreshold = 64 << 10

    /// How long a server lives on that ignores the end of its input.
    private static let longestAfterlife = TimeAmount.minutes(10)

    private let settings: Settings
    private var state: State?
    private var conversation: StdioConversation
    private var lines = LineSplitter()
    private var outgoing = ByteBuffer()
    private var isReading = false
    /// A flush can make the channel writable, and call ``takeLines(context:)``, in its midst.
    private var isTakingLines = false
    private var isFlushDue = false
    private var hasInputEnded = false
    /// A read that waits until the peer has taken what it was sent.
    private var isReadHeldBack = false

    private struct State {
        let context: ChannelHandlerContext
        let server: Server
        let flood: Flood
        let watch: ListWatch
    }

    init(settings: Settings) {
        self.settings = settings
        self.conversation = StdioConversation(support: settings.era)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let server = Server(settings: self.settings, loop: context.eventLoop)
        let flood = Flood(perSecond: self.settings.misbehaviour.floodPerSecond, loop: context.eventLoop)
        let watch = ListWatch(orders: self.settings.misbehaviour.orders, loop: context.eventLoop)
        self.state = State(context: context, server: server, flood: flood, watch: watch)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.state?.flood.stop()
        self.state?.watch.stop()
        self.state = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        self.lines.append(self.unwrapInboundIn(data))
        self.takeLines(context: context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flushOutgoing(context: context)
        context.fireChannelReadComplete()
    }

    /// Reads no more while answers pile up: the peer has to take them first.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable, !self.lines.hasLine {
            context.read()
        } else {
            self.isReadHeldBack = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.takeLines(context: context)
            self.flushOutgoing(context: context)
            if self.isReadHeldBack, context.channel.isWritable, !self.lines.hasLine {
                self.isReadHeldBack = false
                context.read()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            self.hasInputEnded = true
            if self.settings.misbehaviour.ignoresEndOfInput {
                context.eventLoop.assumeIsolated().scheduleTask(in: Self.longestAfterlife) { context.close(promise: nil) }
            }
            self.closeIfDone(context: context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.state?.server.cancelCalls(of: self)
        self.state?.watch.stop()
        self.state?.flood.stop()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func takeLines(context: ChannelHandlerContext) {
        guard !self.isTakingLines else { return }
        self.isTakingLines = true
        defer { self.isTakingLines = false }
        while context.channel.isWritable, let line = self.lines.next() {
            self.take(line)
            if self.outgoing.readableBytes >= Self.flushThreshold { self.flushOutgoing(context: context) }
        }
        if self.lines.bytesOfUnfinishedLine > self.settings.maximumMessage {
            self.sendAnswer(status: 400) { [limit = self.settings.maximumMessage] buffer in
                let error = ProtocolError(code: ProtocolError.parseError, message: "A message is longer than \(limit) bytes")
                Answer.writeError(error, to: &buffer, id: nil)
            }
            self.flushOutgoing(context: context)
            context.close(promise: nil)
        }
        self.closeIfDone(context: context)
    }

    private func take(_ line: [UInt8]) {
        guard let server = self.state?.server else { return }
        do throws(MessageError) {
            switch try Message(parsing: line) {
            case .request(let request): self.serve(request, by: server)
            case .notification(let method, let params): server.notified(of: method, params: params, scope: self.scope)
            case .response: break
            }
        } catch {
            self.sendAnswer(status: 400) { Answer.writeError(error.error, to: &$0, id: error.id) }
        }
    }

    private func serve(_ request: Request, by server: Server) {
        do throws(ProtocolError) {
            let era = try self.conversation.accept(request)
            server.serve(request, era: era, scope: self.scope, outlet: self)
            self.state?.flood.start { [weak self] in self?.sendFlood($0) }
            self.state?.watch.start { [weak self] in self?.sendNotification($0) }
        } catch {
            self.sendAnswer(status: 400) { Answer.writeError(error, to: &$0, id: request.id) }
        }
    }

    private var scope: CallKey.Scope { .connection(ObjectIdentifier(self)) }

    /// The peer will ask no more: what runs is cancelled, what is ready still leaves.
    private func closeIfDone(context: ChannelHandlerContext) {
        guard self.hasInputEnded, !self.lines.hasLine, !self.settings.misbehaviour.ignoresEndOfInput else { return }
        self.state?.server.cancelCalls(of: self)
        context.writeAndFlush(self.wrapOutboundOut(self.takeOutgoing())).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func flushOutgoing(context: ChannelHandlerContext) {
        guard self.outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(self.wrapOutboundOut(self.takeOutgoing()), promise: nil)
    }

    /// What is to be sent. A write can call this handler again before it returns, so the buffer is given away first.
    private func takeOutgoing() -> ByteBuffer {
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        return bytes
    }
}

extension StdioHandler: Outlet {
    func sendAnswer(status: UInt, _ write: (inout ByteBuffer) -> Void) {
        self.send(write)
    }

    func sendNotification(_ write: (inout ByteBuffer) -> Void) {
        self.send(write)
    }

    func abandon() {}

    /// Drops what a slow peer would let pile up: nobody asked for it.
    private func sendFlood(_ write: (inout ByteBuffer) -> Void) {
        guard self.state?.context.channel.isWritable == true else { return }
        self.send(write)
    }

    private func send(_ write: (inout ByteBuffer) -> Void) {
        write(&self.outgoing)
        self.outgoing.writeStaticString("\n")
        guard !self.isReading, !self.isFlushDue, let context = self.state?.context else { return }
        self.isFlushDue = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushDue = false
            self.flushOutgoing(context: context)
        }
    }
}
