import NIOCore

/// Flushes once in a turn of the loop, at its end.
///
/// Libraries for HTTP flush the head of a message and then its body: two system calls here, two wake-ups on the other side.
/// NIO's `NIOFlushConsolidation` handlers gather flushes only while something is being read.
package final class FlushOnceHandler: ChannelOutboundHandler, RemovableChannelHandler {
    package typealias OutboundIn = NIOAny
    package typealias OutboundOut = NIOAny

    private var isDue = false

    package init() {}

    package func flush(context: ChannelHandlerContext) {
        guard !self.isDue else { return }
        self.isDue = true
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let handler = NIOLoopBound(self, eventLoop: context.value.eventLoop)
        context.value.eventLoop.execute { handler.value.flushNow(context.value) }
    }

    /// What was to be sent goes out before the end.
    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.flushNow(context)
        context.close(mode: mode, promise: promise)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.flushNow(context)
    }

    private func flushNow(_ context: ChannelHandlerContext) {
        guard self.isDue else { return }
        self.isDue = false
        context.flush()
    }
}

@available(*, unavailable)
extension FlushOnceHandler: Sendable {}
