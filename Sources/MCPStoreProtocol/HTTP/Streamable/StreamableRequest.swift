import NIOCore
import NIOHTTP1

/// One JSON-RPC request over Streamable HTTP: its POST, the answer as JSON or at the end of an event stream, and, in a legacy
/// session, the rest of the answer after the stream broke. Confined to the event loop.
final class StreamableRequest: HTTPExchangeHandler {
    /// The JSON-RPC id.
    let id: Int
    /// The JSON-RPC method.
    let method: String
    /// The request as the session gave it.
    let message: OutboundMessage
    /// The session it was sent in.
    let sessionID: String?

    private let wire: StreamableWire
    private var exchange: HTTPExchange?
    private var rest: EventStream?
    private var lastEventID: String?
    private var retry: TimeAmount?
    private var farewell: Scheduled<Void>?
    private var isOver = false

    init(_ message: OutboundMessage, id: Int, method: String, sessionID: String?, wire: StreamableWire) {
        self.id = id
        self.method = method
        self.message = message
        self.sessionID = sessionID
        self.wire = wire
    }

    /// Sends the request.
    func start(headers: HTTPHeaders) {
        let exchange = self.wire.connection.start(
            .POST,
            headers: headers,
            body: self.message.body,
            handler: self,
            onWritten: self.message.onWritten
        )
        if !self.isOver { self.exchange = exchange }
    }

    /// Gives the answer up and closes its stream.
    func cancel() {
        self.isOver = true
        self.exchange?.cancel()
        self.clear()
    }

    /// Gives the answer up after a while: in the legacy era a closed stream cancels nothing, the session's notification does.
    func cancelLater(after grace: TimeAmount) {
        guard self.farewell == nil, !self.isOver else { return }
        self.farewell = self.wire.connection.eventLoop.assumeIsolated().scheduleTask(in: grace) {
            self.cancel()
            self.wire.ended(self)
        }
    }

    func exchange(_ exchange: HTTPExchange, received head: HTTPResponseHead) {
        guard let sessionID = head.headers.first(name: "mcp-session-id") else { return }
        self.wire.received(sessionID: sessionID, status: head.status, for: self)
    }

    func exchange(_ exchange: HTTPExchange, received event: SSEEvent) {
        if let id = event.id, RequestHeaders.isValue(id) { self.lastEventID = id }
        if let retry = event.retry { self.retry = retry }
        self.received(event)
    }

    func exchange(_ exchange: HTTPExchange, ended outcome: HTTPOutcome) {
        self.exchange = nil
        switch outcome {
        case .json(let body) where AnswerPeek(body).answers(self.id): self.answered(body)
        case .streamEnded where self.wire.era == .legacy && self.lastEventID != nil: self.resume()
        case .refused(let refusal): self.refused(refusal)
        default: self.fail(self.wire.connection.error(outcome))
        }
    }

    private func received(_ event: SSEEvent) {
        if event.isOversized {
            // The stream is this request's own: there is nothing else to wait for on it.
            self.exchange?.cancel()
            return self.fail(self.wire.connection.tooLarge)
        }
        guard event.isMessage else { return }
        if AnswerPeek(event.data).answers(self.id) {
            self.exchange?.detach()
            self.answered(event.data)
        } else {
            self.logged(event.data)
            self.wire.deliver(event.data)
        }
    }

    /// What a server logs on the stream of an answer belongs to its request.
    private func logged(_ message: ByteBuffer) {
        guard let onLog = self.message.onLog else { return }
        let incoming: IncomingMessage?
        do {
            incoming = try IncomingMessage.parse(message, maximumDepth: self.wire.connection.limits.maximumDepth)
        } catch {
            // The session says what is wrong with it.
            return
        }
        if case .notification(.log, let params?) = incoming { onLog(params) }
    }

    private func answered(_ message: ByteBuffer) {
        guard !self.isOver else { return }
        self.isOver = true
        self.clear()
        self.wire.ended(self)
        self.wire.deliver(message)
    }

    private func fail(_ error: MCPError) {
        guard !self.isOver else { return }
        self.isOver = true
        self.clear()
        self.wire.ended(self)
        self.wire.fail(self, error)
    }

    private func refused(_ refusal: HTTPRefusal) {
        guard !self.isOver else { return }
        let answer = refusal.answer
        if self.wire.meansEndOfSession(refusal, for: self) {
            let error = self.wire.endOfSession
            self.fail(error)
            self.wire.sessionEnded(error)
        } else if answer.answers(self.id) {
            self.answered(refusal.body)
        } else if self.wire.canFallBack(refusal, for: self) {
            self.isOver = true
            self.clear()
            self.wire.fallBack(self, self.wire.connection.error(refusal))
        } else {
            self.fail(self.wire.connection.error(refusal))
        }
    }

    /// Asks for the rest of a broken stream.
    private func resume() {
        let rest = EventStream(
            self.wire.connection,
            resumption: .afterFailures,
            lastEventID: self.lastEventID,
            retry: self.retry,
            headers: { self.wire.listeningHeaders(lastEventID: $0) },
            onEvent: { self.received($0) },
            onEnd: { outcome in
                self.rest = nil
                self.exchange(ended: outcome)
            }
        )
        self.rest = rest
        rest.openLater()
    }

    /// The rest of a broken stream cannot be had.
    private func exchange(ended outcome: HTTPOutcome) {
        if case .refused(let refusal) = outcome, self.wire.meansEndOfSession(refusal, for: self) {
            // The request itself was taken: it may have been executed.
            let error = self.wire.endOfSession
            self.fail(error.written(true))
            self.wire.sessionEnded(error)
        } else {
            var error = self.wire.connection.error(outcome).written(true)
            error.message += "; the rest of a broken answer could not be had"
            self.fail(error)
        }
    }

    private func clear() {
        self.exchange = nil
        self.farewell?.cancel()
        self.farewell = nil
        self.rest?.stop()
        self.rest = nil
    }
}
