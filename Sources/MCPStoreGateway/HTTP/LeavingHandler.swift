import NIOCore
import NIOHTTP1

/// Tells clients that this connection ends with the response, once the gateway is about to leave: who learns it sends the next request over
/// another one, instead of into a connection that is being closed, after which nobody knows whether it was heard.
final class LeavingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var isLeaving = false

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isLeaving = true }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isLeaving, case .head(var head) = Self.unwrapOutboundIn(data), !head.status.isInformational else {
            return context.write(data, promise: promise)
        }
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
    }
}

extension HTTPResponseStatus {
    fileprivate var isInformational: Bool { (100..<200).contains(code) }
}

@available(*, unavailable)
extension LeavingHandler: Sendable {}
