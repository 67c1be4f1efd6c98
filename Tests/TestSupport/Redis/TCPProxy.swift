import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Stands between clients and a server on this machine, and is a bad network when told to be one.
///
///     let proxy = try await TCPProxy.start(to: server.port)
///     …connect to proxy.port…
///     proxy.behave(.stall)
package final class TCPProxy: Sendable {
    /// How the network is.
    package enum Behaviour: Sendable, Equatable {
        /// Everything passes at once.
        case pass
        /// Nothing passes, and nothing is closed. What was held back passes later.
        case stall
        /// The same for replies only: requests arrive.
        case stallReplies
        /// Everything passes so much later, in its order.
        case delay(milliseconds: Int)
        /// So many more bytes of replies pass on each connection, then it is closed: most likely in the middle of a reply. New
        /// connections are spared.
        case cut(afterBytes: Int)
    }

    /// The port to connect to.
    package let port: Int
    private let loop: any EventLoop
    private let listener: any Channel
    private let lines: NIOLoopBoundBox<ProxyLines>

    private init(port: Int, loop: any EventLoop, listener: any Channel, lines: NIOLoopBoundBox<ProxyLines>) {
        self.port = port
        self.loop = loop
        self.listener = listener
        self.lines = lines
    }

    /// Listens on a free port of the loopback interface.
    package static func start(to target: Int) async throws -> TCPProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let lines = try await loop.submit { NIOLoopBoundBox(ProxyLines(), eventLoop: loop) }.get()
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { client in
                // The client is read from only when the server is there.
                let connected = ClientBootstrap(group: loop).connect(host: "127.0.0.1", port: target)
                return connected.flatMapThrowing { server in try lines.value.join(client, server) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TCPProxy(port: listener.localAddress?.port ?? 0, loop: loop, listener: listener, lines: lines)
    }

    /// Changes how the network is, for the connections that there are and, but for a cut, for new ones.
    package func behave(_ behaviour: Behaviour) {
        loop.execute { self.lines.value.behave(behaviour) }
    }

    /// Closes everything.
    package func stop() async throws {
        try await listener.close()
        try await loop.submit { self.lines.value.closeAll() }.get()
    }
}
