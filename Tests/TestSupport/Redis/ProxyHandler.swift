import NIOCore

/// One direction of a connection of a ``TCPProxy``: takes what one side sends and gives it to the other.
final class ProxyHandler: ChannelInboundHandler, ChannelOutboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let peer: any Channel
    private let carriesReplies: Bool
    private var behaviour: TCPProxy.Behaviour
    private var context: ChannelHandlerContext?
    /// A read that waits until the network is better. What was not read stays with the kernel, so nothing piles up here.
    private var isReadHeldBack = false
    /// What a read that was under way has brought since the network stands still; at most what one read brings.
    private var held: [ByteBuffer] = []
    /// Bytes that pass later, in their order: a timer takes the first ones, whichever timer it is.
    private var delayed: [ByteBuffer] = []

    init(peer: any Channel, carriesReplies: Bool, behaviour: TCPProxy.Behaviour) {
        self.peer = peer
        self.carriesReplies = carriesReplies
        self.behaviour = behaviour
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    private var isStalled: Bool { behaviour == .stall || (behaviour == .stallReplies && carriesReplies) }

    func behave(_ new: TCPProxy.Behaviour) {
        behaviour = new
        guard !isStalled, let context else { return }
        let waiting = held
        held = []
        for bytes in waiting { pass(bytes, context) }
        guard isReadHeldBack else { return }
        isReadHeldBack = false
        context.read()
    }

    func read(context: ChannelHandlerContext) {
        if isStalled { isReadHeldBack = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if isStalled { held.append(bytes) } else { pass(bytes, context) }
    }

    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        var bytes = bytes
        if case .cut(let left) = behaviour, carriesReplies {
            if bytes.readableBytes >= left {
                let last = bytes.readSlice(length: left)
                if let last { peer.writeAndFlush(last, promise: nil) }
                return close()
            }
            behaviour = .cut(afterBytes: left - bytes.readableBytes)
        }
        var milliseconds: Int64 = 0
        if case .delay(let time) = behaviour { milliseconds = Int64(time) }
        if milliseconds == 0, delayed.isEmpty { return peer.writeAndFlush(bytes, promise: nil) }
        delayed.append(bytes)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            self.peer.writeAndFlush(self.delayed.removeFirst(), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func close() {
        peer.close(promise: nil)
        context?.close(promise: nil)
    }
}
