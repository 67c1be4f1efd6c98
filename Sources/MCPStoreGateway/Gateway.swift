import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

/// The HTTP front door of a cluster: MCP for any client, and REST. It keeps nothing: any number of gateways may run
/// behind any load balancer.
package final class Gateway: Service {
    private let options: GatewayOptions
    private let logger: Logger
    private let spaces: SpaceDirectory
    private let subscriptions: Subscriptions
    private let connections = ClientConnections()
    private let counts = RequestCounts()
    /// Tells those who wait that the gateway goes away, as a connection tells that its client does.
    private let leaving = ClientConnection()
    private let isDraining = NIOLockedValueBox(false)
    private let bound: AsyncStream<Int>
    private let boundContinuation: AsyncStream<Int>.Continuation

    /// - Parameter opening: Opens the store of a space.
    package init(_ options: GatewayOptions, logger: Logger, opening: @escaping SpaceDirectory.Opening) {
        self.options = options
        self.logger = logger
        subscriptions = Subscriptions(most: options.door.mostSubscriptions)
        spaces = SpaceDirectory(
            most: options.mostSpaces,
            naming: options.naming,
            options: options.door,
            subscriptions: subscriptions,
            logger: logger,
            opening: opening
        )
        (bound, boundContinuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The port that it listens on, once it does; `nil` where it ended before. To be asked once.
    package var port: Int? {
        get async {
            for await port in bound { return port }
            return nil
        }
    }

    /// Serves until a graceful shutdown: then subscriptions end, requests under way are answered, and the stores are closed.
    package func run() async throws {
        let warming = Task { await self.openDefault() }
        let renewing = Task { [limits = options.limits] in await limits?.run() }
        let application = makeApplication()
        defer { boundContinuation.finish() }
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: { [isDraining, subscriptions, leaving] in
                isDraining.withLockedValue { $0 = true }
                subscriptions.end()
                leaving.close()
            }
        } catch {
            warming.cancel()
            renewing.cancel()
            await spaces.close()
            throw error
        }
        warming.cancel()
        renewing.cancel()
        await options.limits?.close()
        await spaces.close()
    }

    /// A gateway that starts before Redis waits for it, and is not ready meanwhile.
    private func openDefault() async {
        var isFirst = true
        while !Task.isCancelled {
            do {
                try await spaces.keep(options.defaultSpace)
                return logger.info("the gateway is ready", metadata: ["space": "\(options.defaultSpace)"])
            } catch {
                if isFirst {
                    logger.warning("the default space cannot be opened, will try again", metadata: ["error": "\(error)"])
                }
                isFirst = false
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    // MARK: HTTP

    private func makeApplication() -> some ApplicationProtocol {
        let (logger, continuation, host) = (logger, boundContinuation, options.host)
        let watch: @Sendable () -> [any RemovableChannelHandler] = { [connections] in
            [FlushOnceHandler(), ConnectionWatch(connections)]
        }
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: watch(),
            idleTimeout: .seconds(options.idleSeconds)
        )
        let tls = options.tls
        return Application(
            router: makeRouter(),
            server: GatewayChannel.builder(tls, configuration),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(options.mostConnections)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("the gateway listens", metadata: ["url": "\(tls == nil ? "http" : "https")://\(host):\(port)"])
                continuation.yield(port)
                continuation.finish()
            },
            // What the framework says of itself is of no interest here.
            logger: Logger(label: "mcpstore.http") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func makeRouter() -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: CountingMiddleware(counts: counts, connections: connections))
        router.add(middleware: CrossOriginMiddleware(origins: options.crossOrigins))
        router.add(middleware: ProblemMiddleware())
        addHealth(to: router)
        router.add(middleware: HostMiddleware(policy: options.hosts))
        // The page holds nothing of the cluster: who has no key is asked for one there.
        ConsolePage(space: options.defaultSpace).add(to: router)
        options.resources?.add(to: router)
        router.add(middleware: ContinueMiddleware())
        router.add(middleware: AccessMiddleware(authenticator: options.authenticator, resources: options.resources))
        addMCP(to: router)
        RESTAPI(
            spaces: spaces,
            connections: connections,
            draining: leaving,
            limits: options.limits,
            mostBytes: options.mostBytes
        ).add(to: router)
        let metrics = MetricsEndpoint(
            spaces: spaces,
            counts: counts,
            connections: connections,
            subscriptions: subscriptions
        )
        router.get("metrics") { _, context in try await metrics.get(context) }
        return router
    }

    private func addMCP(to router: Router<GatewayContext>) {
        let endpoint = MCPEndpoint(
            spaces: spaces,
            connections: connections,
            limits: options.limits,
            mostBytes: options.mostBytes
        )
        let space = options.defaultSpace
        for path in ["mcp", "mcp/:namespace/:dataspace"] as [RouterPath] {
            router.post(path) { request, context in
                try await endpoint.post(request, context, to: try Self.space(context, otherwise: space))
            }
            for method in [HTTPRequest.Method.get, .delete, .put, .patch] {
                router.on(path, method: method) { request, _ -> Response in throw MCPEndpoint.notAllowed(request) }
            }
        }
    }

    private static func space(_ context: GatewayContext, otherwise space: Space) throws -> Space {
        guard let namespace = context.parameters.get("namespace"), let dataspace = context.parameters.get("dataspace") else {
            return space
        }
        do throws(QueueError) { return try Space(namespace: namespace, dataspace: dataspace) } catch {
            throw Problem(404, "invalidName", error.message)
        }
    }

    /// `/healthz`: the process answers. `/readyz`: it can be sent requests.
    private func addHealth(to router: Router<GatewayContext>) {
        router.get("healthz") { _, _ in Self.plain("ok") }
        router.get("readyz") { [spaces, isDraining, space = options.defaultSpace] _, _ in
            if isDraining.withLockedValue({ $0 }) { throw Problem(503, "draining", "the gateway is going away") }
            guard await spaces.isReading(space) else {
                throw Problem(503, "notReady", "outcomes and changes of \(space) are not being read: is Redis there?")
            }
            return Self.plain("ready")
        }
    }

    private static func plain(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n"))
        )
    }
}
