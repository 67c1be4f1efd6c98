import NIOCore
import NIOHTTP1
import NIOPosix

/// MCP over HTTP on 127.0.0.1.
enum HTTPServer {
    /// Binds, prints the URL on stderr, and serves until the process ends.
    static func run(port: Int, settings: Settings) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let service = try await loop.submit { NIOLoopBound(HTTPService(settings: settings, loop: loop), eventLoop: loop) }.get()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel, service: service.value) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        writeToStandardError("listening on http://127.0.0.1:\(channel.localAddress?.port ?? port)\(HTTPGate.path)")
        try await channel.closeFuture.get()
        try await group.shutdownGracefully()
    }

    /// Makes `channel` serve one client.
    static func configure(_ channel: any Channel, service: HTTPService) throws {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(HTTPHandler(service: service))
    }
}
