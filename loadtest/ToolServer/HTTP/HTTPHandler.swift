import NIOCore
import NIOHTTP1

/// Serves MCP on one HTTP connection: collects each request, checks what belongs to HTTP, and hands it on.
final class HTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: HTTPService
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isBodyTooLong = false
    /// What the connection is waiting for or streaming, to be told when it closes.
    private var response: HTTPResponseWriter?
    private var exchange: HTTPExchange?
    private var stream: EventStream?

    init(service: HTTPService) {
        self.service = service
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body.clear()
            self.isBodyTooLong = false
        case .body(var part):
            if self.body.readableBytes + part.readableBytes > self.service.settings.maximumMessage {
                self.isBodyTooLong = true
            } else {
                self.body.writeBuffer(&part)
            }
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            self.handle(head, response: HTTPResponseWriter(context: context, to: head), loop: context.eventLoop)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.response?.connectionClosed()
        if let exchange, exchange.era == .modern { self.service.server.cancelCalls(of: exchange) }
        if let stream {
            stream.connectionClosed()
            self.service.forget(stream)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func handle(_ head: HTTPRequestHead, response: HTTPResponseWriter, loop: any EventLoop) {
        self.response = response
        self.exchange = nil
        if let refusal = HTTPGate.refusal(of: head, usesSessions: self.service.settings.usesSessions) {
            return response.send(refusal.status, headers: refusal.headers, text: refusal.text)
        }
        guard !self.isBodyTooLong else {
            return response.send(413, text: "The body is too long")
        }
        switch head.method {
        case .POST: self.post(head, response)
        case .GET: self.openStream(head, response, loop)
        default: self.deleteSession(head, response)
        }
    }

    private func post(_ head: HTTPRequestHead, _ response: HTTPResponseWriter) {
        let bytes = self.body.readBytes(length: self.body.readableBytes) ?? []
        do throws(MessageError) {
            switch try Message(parsing: bytes) {
            case .request(let request): self.serve(request, head, response)
            case .notification(let method, let params): self.notify(method, params, head, response)
            case .response:
                // Servers of the modern era send no requests, so nothing can be answered.
                let isModern = RoutingHeaders(head.headers).revision == Revision.modern
                response.send(isModern || !self.service.settings.era.speaksLegacy ? 400 : 202)
            }
        } catch {
            self.send(error.error, id: error.id, era: .legacy, response)
        }
    }

    /// Answers a call as it was ordered to.
    ///
    /// - Returns: Whether it did.
    private func misbehaves(_ request: Request, _ response: HTTPResponseWriter) -> Bool {
        let settings = self.service.settings
        guard let orders = settings.misbehaviour.orders, request.method == "tools/call" else { return false }
        let status: UInt = orders.has(.tooMany) ? 429 : orders.has(.overloaded) ? 503 : orders.has(.badGateway) ? 502 : 0
        guard status > 0 else { return false }
        if let path = settings.recordPath {
            do throws(ExecutionRecord.WriteError) {
                try ExecutionRecord(path: path, tool: "http", id: "\(status)").append("refused")
            } catch { writeToStandardError(error.description) }
        }
        let seconds = status == 429 ? orders.text(.tooMany) : status == 503 ? orders.text(.overloaded) : ""
        response.send(status, headers: seconds.isEmpty ? [] : [("retry-after", seconds)], text: "as ordered")
        return true
    }

    private func serve(_ request: Request, _ head: HTTPRequestHead, _ response: HTTPResponseWriter) {
        if self.misbehaves(request, response) { return }
        let era: Era
        do throws(ProtocolError) {
            era = try HTTPEra(support: self.service.settings.era).of(request, RoutingHeaders(head.headers))
        } catch {
            return self.send(error, id: request.id, era: .modern, response)
        }
        let exchange = HTTPExchange(request: request, era: era, response: response)
        guard era == .legacy, self.service.settings.usesSessions else {
            return self.serve(request, exchange, scope: era == .legacy ? .sessionless : .connection(ObjectIdentifier(exchange)))
        }
        if request.method == "initialize" {
            let session = self.service.sessions.open()
            exchange.openedSession = session
            self.serve(request, exchange, scope: .session(session))
        } else if let session = self.session(of: head, response) {
            self.serve(request, exchange, scope: .session(session))
        }
    }

    private func serve(_ request: Request, _ exchange: HTTPExchange, scope: CallKey.Scope) {
        self.exchange = exchange
        self.service.server.serve(request, era: exchange.era, scope: scope, outlet: exchange)
    }

    private func notify(_ method: String, _ params: JSONSlice?, _ head: HTTPRequestHead, _ response: HTTPResponseWriter) {
        // In the modern era the end of the connection cancels a request, and no notification has an effect.
        if RoutingHeaders(head.headers).revision != Revision.modern, self.service.settings.era.speaksLegacy {
            var scope = CallKey.Scope.sessionless
            if self.service.settings.usesSessions {
                guard let session = self.session(of: head, response) else { return }
                scope = .session(session)
            }
            self.service.server.notified(of: method, params: params, scope: scope)
        }
        response.send(202)
    }

    private func openStream(_ head: HTTPRequestHead, _ response: HTTPResponseWriter, _ loop: any EventLoop) {
        guard let session = self.session(of: head, response) else { return }
        let stream = EventStream(response: response, settings: self.service.settings, loop: loop)
        guard self.service.open(stream, session: session) else {
            return response.send(409, text: "The session has a stream")
        }
        self.stream = stream
        stream.start()
    }

    private func deleteSession(_ head: HTTPRequestHead, _ response: HTTPResponseWriter) {
        guard let session = self.session(of: head, response) else { return }
        _ = self.service.close(session: session)
        response.send(204)
    }

    /// The session that the request names; answers 400 or 404 and returns nil when it names none that is known.
    private func session(of head: HTTPRequestHead, _ response: HTTPResponseWriter) -> String? {
        guard let session = head.headers["mcp-session-id"].first else {
            let error = ProtocolError(code: ProtocolError.invalidRequest, message: "Bad request: Mcp-Session-Id is missing")
            self.send(error, id: nil, status: 400, response)
            return nil
        }
        guard self.service.sessions.contains(session) else {
            let error = ProtocolError(code: ProtocolError.invalidRequest, message: "Session not found")
            self.send(error, id: nil, status: 404, response)
            return nil
        }
        return session
    }

    private func send(_ error: ProtocolError, id: JSONSlice?, era: Era, _ response: HTTPResponseWriter) {
        self.send(error, id: id, status: error.httpStatus(in: era), response)
    }

    private func send(_ error: ProtocolError, id: JSONSlice?, status: UInt, _ response: HTTPResponseWriter) {
        var body = ByteBuffer()
        Answer.writeError(error, to: &body, id: id)
        response.send(status, type: "application/json", body: body)
    }
}
