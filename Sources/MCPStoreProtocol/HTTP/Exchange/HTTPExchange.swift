import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One HTTP request and its response, on one event loop: reads the response by what it is, and bounds it while it comes.
final class HTTPExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// Bytes of the body of a refusal that are kept: enough for a JSON-RPC error with its data.
    static let maximumRefusalBytes = 64 << 10

    /// What is done with the body.
    private enum Body {
        case undecided, json, events(SSEParser), unwanted, unexpected(String), refusal
    }

    private struct State {
        var handler: (any HTTPExchangeHandler)?
        var task: HTTPClient.Task<Void>?
        var head: HTTPResponseHead?
        var body = Body.undecided
        var bytes = ByteBuffer()
        var wasWritten = false
        var onWritten: (@Sendable () -> Void)?
        var linger: Scheduled<Void>?
    }

    private let origin: HTTPEndpoint.Origin
    private let maximumMessageBytes: Int
    private let state: NIOLoopBoundBox<State>

    /// - Parameters:
    ///   - eventLoop: The loop that we are on, and on which everything happens.
    ///   - origin: Whom we talk to, for errors.
    ///   - maximumMessageBytes: How large a JSON body, or one event, may be.
    ///   - handler: Gets what comes; held until the exchange is over.
    ///   - onWritten: Called when the first byte of the request was written.
    init(
        eventLoop: any EventLoop,
        origin: HTTPEndpoint.Origin,
        maximumMessageBytes: Int,
        handler: any HTTPExchangeHandler,
        onWritten: (@Sendable () -> Void)? = nil
    ) {
        self.origin = origin
        self.maximumMessageBytes = maximumMessageBytes
        self.state = NIOLoopBoundBox(State(handler: handler, onWritten: onWritten), eventLoop: eventLoop)
    }

    /// Sends the request. The handler may be called before this returns.
    func start(_ request: HTTPClient.Request, client: HTTPClient, deadline: NIODeadline?) {
        let task = client.execute(
            request: request,
            delegate: self,
            eventLoop: .delegate(on: self.state.eventLoop),
            deadline: deadline
        )
        self.state.value.task = task
        task.futureResult.whenComplete { self.completed($0) }
    }

    /// Ends an exchange of which the request could not even be made.
    func fail(_ error: any Error) {
        self.state.eventLoop.execute { self.completed(.failure(error)) }
    }

    /// Closes the response stream, or gives up the request before it was sent. The handler hears nothing more.
    func cancel() {
        self.state.value.handler = nil
        self.state.value.onWritten = nil
        self.state.value.task?.cancel()
    }

    /// Lets the handler hear nothing more, and gives the server a while to finish by itself, so that the connection can be used again.
    func detach(linger: TimeAmount = .seconds(1)) {
        self.state.value.handler = nil
        self.state.value.body = .unwanted
        guard self.state.value.task != nil else { return }
        self.state.value.linger = self.state.eventLoop.scheduleTask(in: linger) { self.cancel() }
    }

    private func end(_ outcome: HTTPOutcome) {
        let handler = self.state.value.handler
        self.state.value.handler = nil
        handler?.exchange(self, ended: outcome)
    }
}

// MARK: What the HTTP client reports

extension HTTPExchange {
    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        self.state.value.wasWritten = true
        let onWritten = self.state.value.onWritten
        self.state.value.onWritten = nil
        onWritten?()
    }

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        self.state.value.head = head
        do throws(MCPError) {
            self.state.value.body = try self.body(for: head)
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
        self.state.value.handler?.exchange(self, received: head)
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        do throws(MCPError) {
            try self.take(part)
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) {}
}

extension HTTPExchange {
    private func body(for head: HTTPResponseHead) throws(MCPError) -> Body {
        guard 200...299 ~= head.status.code else { return .refusal }
        if head.status == .accepted || head.status == .noContent { return .unwanted }
        if let coding = head.headers.first(name: "content-encoding"), coding.lowercased() != "identity" {
            throw MCPError(.protocolViolation, "\(self.origin) compresses its answers, although it was asked not to")
        }
        switch HTTPContentType(head.headers) {
        case .json:
            let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            guard length <= self.maximumMessageBytes else { throw self.tooLarge }
            return .json
        case .events: return .events(SSEParser(maximumEventBytes: self.maximumMessageBytes))
        case .none where head.headers.first(name: "content-length") == "0": return .unwanted
        case .none: return .unexpected("none")
        case .other(let type): return .unexpected(type)
        }
    }

    private func take(_ part: ByteBuffer) throws(MCPError) {
        switch self.state.value.body {
        case .undecided, .unwanted: break
        case .json:
            guard self.state.value.bytes.readableBytes + part.readableBytes <= self.maximumMessageBytes else {
                throw self.tooLarge
            }
            self.keep(part)
        case .unexpected:
            // Nobody wants it: ending early spares the rest.
            self.finishEarly()
        case .refusal:
            self.keep(part)
            if self.state.value.bytes.readableBytes > Self.maximumRefusalBytes { self.finishEarly() }
        case .events:
            self.withParser { $0.append(part) }
            // One event at a time: the handler may cancel in between.
            while self.state.value.handler != nil, let event = self.nextEvent() {
                self.state.value.handler?.exchange(self, received: event)
            }
        }
    }

    private func nextEvent() -> SSEEvent? {
        var event: SSEEvent?
        self.withParser { event = $0.next() }
        return event
    }

    /// Changes the parser in place, so that its bytes are not copied.
    private func withParser(_ change: (inout SSEParser) -> Void) {
        guard case .events(var parser) = self.state.value.body else { return }
        self.state.value.body = .undecided
        change(&parser)
        self.state.value.body = .events(parser)
    }

    private func keep(_ part: ByteBuffer) {
        if self.state.value.bytes.readableBytes == 0 {
            self.state.value.bytes = part
        } else {
            self.state.value.bytes.writeImmutableBuffer(part)
        }
    }

    private var tooLarge: MCPError { .tooLarge(from: self.origin, maximum: self.maximumMessageBytes) }

    /// Ends the exchange with what has come so far.
    private func finishEarly() {
        self.end(self.outcome)
        self.cancel()
    }

    /// What a complete response amounts to.
    private var outcome: HTTPOutcome {
        let bytes = self.state.value.bytes
        switch self.state.value.body {
        case .json: return bytes.readableBytes > 0 ? .json(bytes) : .accepted
        case .events: return .streamEnded(nil)
        case .unwanted: return .accepted
        case .unexpected(let type): return .unexpected(contentType: type)
        case .refusal:
            guard let head = self.state.value.head else { break }
            return .refused(HTTPRefusal(status: head.status, headers: head.headers, body: bytes))
        case .undecided: break
        }
        return .failed(MCPError(.closed, "\(self.origin) did not answer", requestWasWritten: self.state.value.wasWritten))
    }

    private func completed(_ result: Result<Void, any Error>) {
        self.state.value.task = nil
        self.state.value.linger?.cancel()
        self.state.value.linger = nil
        self.state.value.onWritten = nil
        switch result {
        case .success: self.end(self.outcome)
        case .failure(let error):
            let failure = HTTPFailure.describe(error, origin: self.origin, wasWritten: self.state.value.wasWritten)
            if case .events = self.state.value.body, !(error is MCPError) {
                self.end(.streamEnded(failure))
            } else {
                self.end(.failed(failure))
            }
        }
    }
}
