import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// What the certificate of a Redis server says, seen over a connection of its own that sends nothing.
package enum RedisPeerCertificate {
    /// When the server's certificate expires, in seconds since 1970.
    /// - Throws: as a connection does: `.tlsFailed` where the certificate is not trusted.
    package static func expiry(_ configuration: RedisConfiguration) async throws(RedisError) -> Int {
        do {
            let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
            var configuration = configuration
            if let finder = MasterFinder(configuration, eventLoop: eventLoop) {
                defer { finder.close() }
                configuration = configuration.located(at: try await finder.find())
            }
            let transport = try RedisTransport(configuration)
            let answer = eventLoop.makePromise(of: Int.self)
            let late = eventLoop.scheduleTask(in: TimeAmount(bounded: configuration.socketTimeout)) {
                answer.fail(RedisError(.timedOut, "the TLS handshake did not end within the socket timeout"))
            }
            let opened = transport.connect(on: eventLoop).flatMapThrowing { channel in
                try transport.addTLS(to: channel)
                try channel.pipeline.syncOperations.addHandler(Watcher(answer))
                return channel
            }
            opened.whenFailure { answer.fail($0) }
            defer { late.cancel() }
            do {
                let expiry = try await answer.futureResult.get()
                opened.whenSuccess { $0.close(promise: nil) }
                return expiry
            } catch {
                opened.whenSuccess { $0.close(promise: nil) }
                throw error
            }
        } catch {
            throw RedisError.connecting(to: configuration.endpointDescription, error)
        }
    }

    private final class Watcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answer: EventLoopPromise<Int>

        init(_ answer: EventLoopPromise<Int>) { self.answer = answer }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .handshakeCompleted? = event as? TLSUserEvent else { return }
            do {
                let handler = try context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
                guard let certificate = handler.peerCertificate else {
                    return answer.fail(RedisError(.tlsFailed, "the server showed no certificate"))
                }
                answer.succeed(Int(certificate.notValidAfter))
            } catch {
                answer.fail(error)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

        func channelInactive(context: ChannelHandlerContext) {
            answer.fail(RedisError(.connectionLost, "the server closed the connection during the TLS handshake"))
        }
    }
}
