import NIOCore
import NIOHTTP1

/// Answers `Expect: 100-continue` (RFC 9110, section 10.1.1) when the body is wanted: clients such as curl hold a large one back for a
/// second without it, and send none of one that was refused before.
final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// An event for the channel: the body of the request that is being answered is read now.
    struct BodyIsWanted: Sendable {}

    /// Whether each request that has not been answered in full waits to be told, the oldest first.
    private var waiting: [Bool] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            // HTTP/1.0 knows no answer before the answer.
            let isKnown = head.version == .http1_1
            waiting.append(isKnown && head.headers.first(name: "expect")?.lowercased() == "100-continue")
        case .body:
            // It did not wait.
            if !waiting.isEmpty { waiting[waiting.count - 1] = false }
        case .end: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head: if !waiting.isEmpty { waiting[0] = false }
        case .body: break
        case .end: if !waiting.isEmpty { waiting.removeFirst() }
        }
        context.write(data, promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyIsWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        if waiting.first == true {
            waiting[0] = false
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
        }
        promise?.succeed()
    }
}

@available(*, unavailable)
extension ContinueHandler: Sendable {}
