import Logging
import NIOCore
import Synchronization

/// One open connection to an MCP server, over which any number of requests are on their way at once.
///
/// Everything of a session happens on one event loop. Whoever calls from that loop pays no hop: `send` writes before it returns.
package final class MCPSession: Sendable {
    /// The revision that both sides speak.
    package let revision: ProtocolRevision
    /// What the server says about itself: raw JSON, for display only.
    package let serverInfo: ByteBuffer?
    /// What the server offers: a raw JSON object.
    package let capabilities: ByteBuffer
    /// How the server wants to be used: text of the server, not to be trusted.
    package let instructions: String?
    /// Where everything of this session happens.
    package let eventLoop: any EventLoop

    let engine: SessionEngine
    let offers: ServerOffers
    let usesHTTP: Bool

    private init(_ negotiated: Negotiated, engine: SessionEngine, usesHTTP: Bool) {
        self.revision = negotiated.revision
        self.serverInfo = negotiated.serverInfo
        self.capabilities = negotiated.capabilities
        self.instructions = negotiated.instructions
        self.offers = negotiated.offers
        self.engine = engine
        self.eventLoop = engine.eventLoop
        self.usesHTTP = usesHTTP
    }

    deinit {
        self.engine.close(MCPError(.closed, "the session was let go of"))
    }

    /// Which way of speaking the server uses.
    package var era: MCPEra { self.revision.era }

    /// Whether the server sends log messages (capability `logging`).
    package var offersLogging: Bool { self.offers.logs }

    /// The last lines that the child wrote to its standard error, oldest first, secrets removed; empty for HTTP servers.
    package var recentStandardError: [String] { self.engine.standardError.recentLines }

    /// Starts or reaches the server and negotiates the era.
    ///
    /// - Parameters:
    ///   - eventLoop: Where everything of the session happens.
    ///   - clientInfo: How this client introduces itself.
    ///   - onEvent: Called on the event loop. ``SessionEvent/closed(_:)`` comes once and last, also when opening fails after
    ///     the server was started.
    /// - Throws: ``MCPError`` with the child's last lines of standard error in ``MCPError/detail``. Nothing of the server is left
    ///   running then.
    package static func open(
        _ configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        clientInfo: ClientInfo,
        limits: SessionLimits = .init(),
        logger: Logger,
        onEvent: @escaping @Sendable (SessionEvent) -> Void
    ) async throws(MCPError) -> MCPSession {
        let deadline = NIODeadline.now() + TimeAmount(configuration.startTimeout)
        let engine = SessionEngine(
            configuration: configuration,
            eventLoop: eventLoop,
            clientInfo: clientInfo,
            limits: limits,
            logger: logger,
            onEvent: onEvent
        )
        let transport: any MCPTransport
        do throws(MCPError) {
            transport = try await TransportFactory.connect(
                configuration,
                eventLoop: eventLoop,
                delegate: engine,
                limits: limits,
                standardError: engine.standardError,
                onStandardError: { onEvent(.standardError($0)) },
                logger: logger
            )
        } catch {
            engine.neverBegan()
            throw error
        }
        do {
            let negotiated = try await withTaskCancellationHandler {
                try await engine.open(transport, deadline: deadline).get()
            } onCancel: {
                engine.close(MCPError(.cancelled, "opening the session was cancelled"))
            }
            var usesHTTP = false
            if case .http = configuration.transport { usesHTTP = true }
            return MCPSession(negotiated, engine: engine, usesHTTP: usesHTTP)
        } catch {
            throw error as? MCPError ?? MCPError(.startFailed, "\(error)")
        }
    }

    /// Sends a request. The hot path: on the event loop it is encoded and queued for writing before this returns.
    ///
    /// - Parameter completion: Called exactly once, on the session's event loop, never before this returns.
    /// - Returns: What ``cancel(_:reason:)`` takes.
    @discardableResult
    package func send(_ request: MCPRequest, completion: @escaping @Sendable (MCPResponse) -> Void) -> RequestHandle {
        let id = self.engine.nextID()
        self.engine.send(id, request, completion)
        return RequestHandle(id: id)
    }

    /// Gives up a request: its completion gets ``MCPError/Code/cancelled`` and the server is told. Does nothing when it has ended.
    package func cancel(_ handle: RequestHandle, reason: String) {
        self.engine.cancel(handle.id, reason: reason)
    }

    /// Sends a request and waits for its end. Cancelling the task cancels the request.
    package func request(_ request: MCPRequest) async -> MCPResponse {
        let id = self.engine.nextID()
        let engine = self.engine
        // Which of the two came first: a cancellation that overtakes its request would find nothing to cancel.
        let stage = Mutex(AsyncRequestStage.waiting)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = stage.withLock { stage in
                    if stage == .cancelled { return true }
                    stage = .sent
                    engine.eventLoop.execute { engine.send(id, request) { continuation.resume(returning: $0) } }
                    return false
                }
                if isCancelled {
                    continuation.resume(returning: .failed(MCPError(.cancelled, "cancelled before it was sent")))
                }
            }
        } onCancel: {
            let wasSent = stage.withLock { stage in
                defer { stage = .cancelled }
                return stage == .sent
            }
            if wasSent { engine.cancel(id, reason: "cancelled by the caller") }
        }
    }

    /// Asks whether the server still answers: `ping` in the legacy era, `server/discover` in the modern one. Any answer will do.
    ///
    /// - Throws: ``MCPError`` when none came within the timeout.
    package func ping(timeout: Duration) async throws(MCPError) {
        let method = self.era == .legacy ? "ping" : "server/discover"
        if case .failed(let error) = await self.request(MCPRequest(method: method, timeout: timeout)) { throw error }
    }

    /// Ends the session; everything that waits fails with this reason. Returns when nothing of the server is left.
    package func close(reason: MCPError = MCPError(.closed, "the session was closed")) async {
        self.engine.close(reason)
        do {
            try await self.engine.closed.get()
        } catch {
            // The future only ever succeeds.
            return
        }
    }
}

private enum AsyncRequestStage {
    case waiting, sent, cancelled
}
