import Logging
import NIOCore
import NIOHTTP1

/// Streamable HTTP of both eras: every message is a POST of its own. Confined to the event loop.
///
/// Modern: nothing outlives a request, and closing its stream cancels it. Legacy (2025-03-26 to 2025-11-25): `initialize` may mint a
/// session id, which goes with everything afterwards, a GET brings what the server says by itself, and a DELETE ends the session.
final class StreamableWire: HTTPWire {
    private enum State {
        case open
        /// The server ended the session; requests under way get a moment to learn their own fate.
        case ending(MCPError)
        case closed
    }

    /// How long requests under way may take to be refused, too, once the server has ended the session.
    private static let endingGrace = TimeAmount.milliseconds(250)

    let connection: HTTPConnection
    private let allowsFallback: Bool
    private let owner: any HTTPWireOwner
    private var state = State.open
    private var revision: ProtocolRevision?
    private var sessionID: String?
    private var requests: [Int: StreamableRequest] = [:]
    private var listener: EventStream?
    private let deliveries = HTTPDeliveries()

    /// - Parameter allowsFallback: Whether a refusal of `initialize` may mean that the server speaks HTTP+SSE.
    init(_ connection: HTTPConnection, allowsFallback: Bool, owner: any HTTPWireOwner) {
        self.connection = connection
        self.allowsFallback = allowsFallback
        self.owner = owner
    }

    func send(_ message: OutboundMessage) {
        switch (self.state, message.kind) {
        case (.open, .request(let id, let method, _)):
            let request = StreamableRequest(message, id: id, method: method, sessionID: self.sessionID, wire: self)
            self.requests[id] = request
            request.start(headers: self.headers(message))
        case (.open, _): self.deliver(message)
        case (.ending(let error), .request(let id, _, _)): self.owner.requestFailed(id: id, error: error)
        default: break
        }
    }

    func cancel(requestID: Int) {
        guard let request = self.requests[requestID] else { return }
        guard self.era == .legacy, request.method != "initialize" else {
            self.requests[requestID] = nil
            request.cancel()
            return
        }
        request.cancelLater(after: TimeAmount(self.connection.options.cancelGrace))
    }

    func negotiated(_ revision: ProtocolRevision) {
        self.revision = revision
    }

    func close(reason: MCPError) {
        if case .closed = self.state { return }
        let sessionID = self.sessionID
        self.end()
        guard let sessionID else { return self.owner.wireClosed(reason) }
        self.delete(sessionID) { self.owner.wireClosed(reason) }
    }

    private func headers(_ message: OutboundMessage) -> HTTPHeaders {
        self.connection.headers.posting(message, revision: self.revision, sessionID: self.era == .modern ? nil : self.sessionID)
    }

    /// Stops everything; nothing is reported.
    private func end() {
        self.state = .closed
        self.sessionID = nil
        self.listener?.stop()
        self.listener = nil
        self.deliveries.cancelAll()
        let requests = self.requests
        self.requests = [:]
        for request in requests.values { request.cancel() }
    }

    /// Posts a message that gets no answer.
    private func deliver(_ message: OutboundMessage) {
        let sessionID = self.sessionID
        self.deliveries.start { handler in
            self.connection.start(
                .POST,
                headers: self.headers(message),
                body: message.body,
                timeout: self.connection.options.notificationTimeout,
                handler: handler,
                onWritten: message.onWritten
            )
        } onEnd: { outcome in
            self.delivered(message, outcome, sessionID: sessionID)
        }
    }

    private func delivered(_ message: OutboundMessage, _ outcome: HTTPOutcome, sessionID: String?) {
        if case .accepted = outcome {
            if message.kind == .notification(method: "notifications/initialized") { self.listen() }
        } else if case .refused(let refusal) = outcome, refusal.status == .notFound, sessionID != nil, sessionID == self.sessionID
        {
            self.sessionEnded(self.endOfSession)
        } else {
            self.connection.logger.debug(
                "the server did not take a notification",
                metadata: ["mcp_error": "\(self.connection.error(outcome).message)"]
            )
        }
        self.owner.delivered(message)
    }

    /// Opens the server's own stream. A server that has none refuses it, which is no error.
    private func listen() {
        guard self.connection.options.listens, self.era == .legacy, self.sessionID != nil, self.listener == nil else { return }
        let listener = EventStream(
            self.connection,
            resumption: .afterFailures,
            headers: { self.listeningHeaders(lastEventID: $0) },
            onEvent: { if $0.isMessage { self.deliver($0.data) } },
            onEnd: { outcome in
                self.listener = nil
                if case .refused(let refusal) = outcome, refusal.status == .notFound { self.sessionEnded(self.endOfSession) }
            }
        )
        self.listener = listener
        listener.open()
    }

    private func delete(_ sessionID: String, then done: @escaping () -> Void) {
        let handler = HTTPDelivery { _ in done() }
        _ = self.connection.start(
            .DELETE,
            headers: self.connection.headers.ending(revision: self.revision, sessionID: sessionID),
            timeout: self.connection.options.closeTimeout,
            handler: handler
        )
    }
}

// MARK: For the requests

extension StreamableWire {
    /// `nil` before anything was negotiated.
    var era: MCPEra? { self.revision?.era }

    func deliver(_ message: ByteBuffer) {
        if case .closed = self.state { return }
        self.owner.received(message)
    }

    func fail(_ request: StreamableRequest, _ error: MCPError) {
        if case .closed = self.state { return }
        self.owner.requestFailed(id: request.id, error: error)
    }

    /// The request is over.
    func ended(_ request: StreamableRequest) {
        if self.requests[request.id] === request { self.requests[request.id] = nil }
    }

    func listeningHeaders(lastEventID: String?) -> HTTPHeaders {
        self.connection.headers.listening(revision: self.revision, sessionID: self.sessionID, lastEventID: lastEventID)
    }

    /// A response carried a session id.
    func received(sessionID: String, status: HTTPResponseStatus, for request: StreamableRequest) {
        guard RequestHeaders.isSessionID(sessionID) else { return }
        if request.method == "initialize", 200...299 ~= status.code {
            self.sessionID = sessionID
        } else if self.era == nil, request.method != "initialize" {
            // A legacy server that was probed with a modern request opens a session even as it refuses it: nobody will use that one.
            self.delete(sessionID) {}
        }
    }

    /// Whether a refusal of the server speaks of the session and not of the request.
    func meansEndOfSession(_ refusal: HTTPRefusal, for request: StreamableRequest) -> Bool {
        guard refusal.status == .notFound, self.era == .legacy, request.sessionID != nil else { return false }
        let answer = refusal.answer
        return !(answer.answers(request.id) && answer.errorCode == -32601)
    }

    /// What everybody hears when the server has ended the session. Who got the refusal was not executed.
    var endOfSession: MCPError {
        MCPError(.closed, "the server ended the session (404)", requestWasWritten: false, httpStatus: 404)
    }

    func sessionEnded(_ error: MCPError) {
        guard case .open = self.state else { return }
        self.state = .ending(error)
        self.sessionID = nil
        self.listener?.stop()
        self.listener = nil
        // Requests under way will be refused in the same way at any moment, and may then be tried again. Those that are not, may
        // have been executed.
        let close = { self.closeAfterEnd(error) }
        guard !self.requests.isEmpty else { return close() }
        self.connection.eventLoop.assumeIsolated().scheduleTask(in: Self.endingGrace, close)
    }

    private func closeAfterEnd(_ error: MCPError) {
        guard case .ending = self.state else { return }
        self.end()
        self.owner.wireClosed(error)
    }

    /// Whether a refusal may mean that the server speaks HTTP+SSE only (specification, "Backwards Compatibility").
    func canFallBack(_ refusal: HTTPRefusal, for request: StreamableRequest) -> Bool {
        guard self.allowsFallback, request.method == "initialize" else { return false }
        return [400, 404, 405].contains(refusal.status.code) && !refusal.answer.isResponse
    }

    func fallBack(_ request: StreamableRequest, _ error: MCPError) {
        guard case .open = self.state else { return }
        self.end()
        self.owner.refused(initialize: request.message, error: error)
    }
}
