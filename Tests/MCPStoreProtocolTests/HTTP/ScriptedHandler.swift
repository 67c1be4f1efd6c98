import NIOCore
import NIOHTTP1

/// Collects each request of a connection and follows the script.
final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: ScriptedHTTPServer.Script
    private let requests: Mailbox<ScriptedRequest>
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var current: ScriptedRequest?

    init(_ script: @escaping ScriptedHTTPServer.Script, requests: Mailbox<ScriptedRequest>) {
        self.script = script
        self.requests = requests
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var part): self.body.writeBuffer(&part)
        case .end:
            guard let head = self.head else { return }
            let request = ScriptedRequest(
                method: head.method,
                uri: head.uri,
                headers: head.headers,
                body: String(buffer: self.body)
            )
            self.body.clear()
            self.current = request
            self.requests.put(request)
            self.follow(self.script(request)[...], context: context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.current?.gone.put(true)
        self.current = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func follow(_ steps: ArraySlice<ScriptedStep>, context: ChannelHandlerContext) {
        guard let step = steps.first else { return }
        let rest = steps.dropFirst()
        switch step {
        case .head(let status, let headers):
            context.writeAndFlush(
                self.wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))),
                promise: nil
            )
        case .text(let text):
            context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        case .wait(let future):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.hop(to: context.eventLoop).whenComplete { _ in
                let (handler, context) = bound.value
                if context.channel.isActive { handler.follow(rest, context: context) }
            }
            return
        case .end:
            self.current = nil
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        case .drop:
            self.current = nil
            return context.close(promise: nil)
        }
        self.follow(rest, context: context)
    }
}
