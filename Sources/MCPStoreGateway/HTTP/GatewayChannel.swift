import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// HTTP/1.1, over TLS with the certificate that is the latest when a connection comes (the framework's own channel keeps the first), and
/// with `Expect: 100-continue`, and with a word to clients when it leaves.
struct GatewayChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    /// `nil`: without TLS.
    let tls: GatewayTLS?

    static func builder(_ tls: GatewayTLS?, _ configuration: HTTP1Channel.Configuration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GatewayChannel(base: HTTP1Channel(responder: responder, configuration: configuration), tls: tls)
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context)) }
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
            // Where requests still have their version, and before what closes a connection that is to be left.
            try pipeline.addHandlers([ContinueHandler(), LeavingHandler()], position: .after(decoder.handler))
            return value
        }
    }

    @concurrent func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
