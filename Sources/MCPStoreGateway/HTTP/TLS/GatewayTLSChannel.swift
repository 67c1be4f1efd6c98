import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// HTTP/1.1 over TLS with the certificate that is the latest when a connection comes. (The framework's own channel keeps the first.)
struct GatewayTLSChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let tls: GatewayTLS

    static func builder(_ tls: GatewayTLS, _ configuration: HTTP1Channel.Configuration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GatewayTLSChannel(base: HTTP1Channel(responder: responder, configuration: configuration), tls: tls)
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    @concurrent func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
