import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A real HTTP server on the loopback device that does to each request what the test's script says, well-behaved or not.
struct ScriptedHTTPServer: Sendable {
    typealias Script = @Sendable (ScriptedRequest) -> [ScriptedStep]

    /// The requests, in the order in which they came.
    let requests: Mailbox<ScriptedRequest>
    private let channel: any Channel

    /// Listens on a free port.
    ///
    /// - Parameter tls: Certificate and key of the server; `nil` for plain HTTP.
    static func start(tls: NIOSSLContext? = nil, _ script: @escaping Script) async throws -> ScriptedHTTPServer {
        let requests = Mailbox<ScriptedRequest>()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(script, requests: requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedHTTPServer(requests: requests, channel: channel)
    }

    var port: Int { self.channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(self.port)/mcp" }

    func stop() async throws {
        try await self.channel.close().get()
    }
}
