import NIOCore

/// The end of a pipe from a child: hands bytes and the end of the stream to its transport. Confined to the event loop.
final class ChildOutputHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onBytes: (ByteBuffer) -> Void
    private let onEnd: () -> Void
    private var hasEnded = false

    init(onBytes: @escaping (ByteBuffer) -> Void, onEnd: @escaping () -> Void) {
        self.onBytes = onBytes
        self.onEnd = onEnd
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.onBytes(Self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken pipe is the end of the child, which its guardian reports with the reason.
        context.close(promise: nil)
    }

    private func end() {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        self.onEnd()
    }
}
