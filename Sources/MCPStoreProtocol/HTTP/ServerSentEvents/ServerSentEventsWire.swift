import NIOCore
import NIOHTTP1

/// HTTP+SSE of 2024-11-05: one GET stream brings all answers; its first event names the endpoint to which messages are posted.
/// Confined to the event loop.
final class ServerSentEventsWire: HTTPWire {
    private enum State {
        case opening([OutboundMessage])
        case open(HTTPEndpoint)
        case closed
    }

    private let connection: HTTPConnection
    private let owner: any HTTPWireOwner
    private let earlierError: MCPError?
    private var state = State.opening([])
    private var stream: EventStream?
    private var timer: Scheduled<Void>?
    private var revision: ProtocolRevision?
    private let deliveries = HTTPDeliveries()

    /// - Parameter earlierError: Why Streamable HTTP did not work, when this wire is the second attempt: more telling than its own
    ///   failure to open.
    init(_ connection: HTTPConnection, earlierError: MCPError? = nil, owner: any HTTPWireOwner) {
        self.connection = connection
        self.earlierError = earlierError
        self.owner = owner
    }

    /// Opens the stream.
    func open() {
        let stream = EventStream(
            self.connection,
            resumption: .never,
            headers: { self.connection.headers.listening(revision: nil, sessionID: nil, lastEventID: $0) },
            onEvent: { self.received($0) },
            onEnd: { self.streamEnded($0) }
        )
        self.stream = stream
        let timeout = TimeAmount(self.connection.options.endpointTimeout)
        self.timer = self.connection.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.fail(MCPError(.timedOut, "\(self.connection.endpoint.origin) did not name its endpoint in time (HTTP+SSE)"))
        }
        stream.open()
    }

    func send(_ message: OutboundMessage) {
        if case .request(let id, "server/discover", _) = message.kind {
            // This wire belongs to the legacy era, so the probe of the modern one need not be sent.
            let error = MCPError(.unsupportedVersion, "HTTP+SSE has no server/discover")
            return self.owner.requestFailed(id: id, error: error)
        }
        switch self.state {
        case .opening(var waiting):
            guard waiting.count < self.connection.limits.maximumPendingRequests else {
                return self.fail(message, MCPError(.busy, "too many requests wait for the server's stream to open"))
            }
            self.state = .closed
            waiting.append(message)
            self.state = .opening(waiting)
        case .open(let endpoint): self.post(message, to: endpoint)
        case .closed: break
        }
    }

    func cancel(requestID: Int) {
        guard case .opening(let waiting) = self.state else { return }
        self.state = .opening(waiting.filter { $0.requestID != requestID })
    }

    func negotiated(_ revision: ProtocolRevision) {
        self.revision = revision
    }

    func close(reason: MCPError) {
        if case .closed = self.state { return }
        self.end()
        self.owner.wireClosed(reason)
    }

    private func end() {
        self.state = .closed
        self.timer?.cancel()
        self.timer = nil
        self.stream?.stop()
        self.stream = nil
        self.deliveries.cancelAll()
    }

    /// The stream cannot be had, or is of no use.
    private func fail(_ error: MCPError) {
        guard case .opening(let waiting) = self.state else { return self.close(reason: error) }
        var reason = self.earlierError ?? error
        if self.earlierError != nil { reason.message += "; nor does it speak HTTP+SSE (\(error.message))" }
        self.end()
        for message in waiting { self.fail(message, reason.written(false)) }
        self.owner.wireClosed(reason.written(false))
    }

    private func fail(_ message: OutboundMessage, _ error: MCPError) {
        guard let id = message.requestID else { return self.owner.delivered(message) }
        self.owner.requestFailed(id: id, error: error)
    }

    private func received(_ event: SSEEvent) {
        if event.type == "endpoint", !event.isOversized {
            self.received(endpoint: String(buffer: event.data))
        } else if event.isOversized {
            // All requests share this stream, so only the one whose answer it is fails. When that cannot be told, its deadline ends it.
            guard let id = AnswerPeek(prefix: event.data).id else { return }
            self.owner.requestFailed(id: id, error: self.connection.tooLarge)
        } else if event.isMessage, case .open = self.state {
            self.owner.received(event.data)
        }
    }

    private func received(endpoint reference: String) {
        guard case .opening(let waiting) = self.state else { return }
        do throws(MCPError) {
            let endpoint = try self.connection.endpoint.resolving(reference)
            self.timer?.cancel()
            self.timer = nil
            self.state = .open(endpoint)
            for message in waiting { self.send(message) }
        } catch {
            self.fail(error)
        }
    }

    private func streamEnded(_ outcome: HTTPOutcome) {
        self.stream = nil
        self.fail(self.connection.error(outcome))
    }

    private func post(_ message: OutboundMessage, to endpoint: HTTPEndpoint) {
        self.deliveries.start { handler in
            self.connection.start(
                .POST,
                endpoint: endpoint,
                headers: self.connection.headers.posting(message, revision: self.revision, sessionID: nil),
                body: message.body,
                timeout: self.connection.options.notificationTimeout,
                handler: handler,
                onWritten: message.onWritten
            )
        } onEnd: { outcome in
            self.posted(message, outcome)
        }
    }

    private func posted(_ message: OutboundMessage, _ outcome: HTTPOutcome) {
        switch outcome {
        case .accepted:
            if message.requestID == nil { self.owner.delivered(message) }
        case .refused(let refusal) where refusal.status == .notFound:
            let error = MCPError(.closed, "the server ended the session (404)", requestWasWritten: false, httpStatus: 404)
            self.fail(message, error)
            self.close(reason: error)
        default: self.fail(message, self.connection.error(outcome))
        }
    }
}
