import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// What a process that answers no clients shows to those who watch it: `/metrics`, `/healthz` and `/readyz`. It knows no space and no
/// secret, and is for machines of the operator only: it asks nobody who he is.
package final class ProcessEndpoint: Service {
    /// One figure of the process.
    package struct Figure: Sendable {
        let name: String
        let help: String
        let value: Double

        /// - Parameter name: Whole, such as `mcpstore_worker_process_jobs`.
        package init(_ name: String, _ help: String, _ value: Int) {
            self.name = name
            self.help = help
            self.value = Double(value)
        }
    }

    /// Whether it really works, and what there is to tell.
    package typealias Look = @Sendable () async -> (isReady: Bool, figures: [Figure])

    private let role: String
    private let host: String
    private let port: Int
    private let look: Look
    private let logger: Logger
    private let bound: AsyncStream<Int>
    private let boundContinuation: AsyncStream<Int>.Continuation

    /// - Parameters:
    ///   - role: `worker` or `coordinator`.
    ///   - port: 0 for a free one.
    package init(role: String, host: String, port: Int, logger: Logger, look: @escaping Look) {
        self.role = role
        self.host = host
        self.port = port
        self.look = look
        self.logger = logger
        (bound, boundContinuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The port that it listens on, once it does; `nil` where it ended before. To be asked once.
    package var boundPort: Int? {
        get async {
            for await port in bound { return port }
            return nil
        }
    }

    /// Serves until a graceful shutdown.
    package func run() async throws {
        defer { boundContinuation.finish() }
        let (logger, continuation, host) = (logger, boundContinuation, host)
        let application = Application(
            router: makeRouter(),
            server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(100)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("metrics are served", metadata: ["url": "http://\(host):\(port)/metrics"])
                continuation.yield(port)
                continuation.finish()
            },
            logger: Logger(label: "mcpstore.http") { _ in SwiftLogNoOpLogHandler() }
        )
        try await application.run()
    }

    private func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        let (role, look) = (role, look)
        router.get("healthz") { _, _ in Self.plain("ok\n") }
        router.get("readyz") { _, _ in
            guard await look().isReady else {
                return Self.plain("the \(role) does not consume: is Redis there?\n", .serviceUnavailable)
            }
            return Self.plain("ready\n")
        }
        router.get("metrics") { _, _ in
            let (isReady, figures) = await look()
            var page = MetricsText()
            page.addProcess(role: role)
            page.add(
                "mcpstore_process_ready",
                .gauge,
                "1 while it really works, as /readyz says.",
                [("role", role)],
                isReady ? 1 : 0
            )
            for figure in figures { page.add(figure.name, .gauge, figure.help, [], figure.value) }
            return Self.plain(page.text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return router
    }

    private static func plain(
        _ text: String,
        _ status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .contentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
