import Logging
import NIOCore
import Synchronization

/// The moving part of a session: it carries out what ``SessionStateMachine`` and ``Negotiation`` decide.
///
/// `@unchecked Sendable`: every stored variable is touched on ``eventLoop`` only. All entry points either check that they are on
/// it or hop to it; a box that checks each single access would cost on the hot path what it protects.
final class SessionEngine: MCPTransportDelegate, @unchecked Sendable {
    /// What is kept for an open request.
    struct Context: Sendable {
        var completion: @Sendable (MCPResponse) -> Void
        var onProgress: (@Sendable (ByteBuffer) -> Void)?
    }

    let eventLoop: any EventLoop
    let limits: SessionLimits
    let standardError: StandardErrorLog
    /// Completed when the transport has ended.
    let closed: EventLoopFuture<Void>

    private let logger: Logger
    private let onEvent: @Sendable (SessionEvent) -> Void
    private let redactor: Redactor
    private let requestLog: RequestLog?
    private let usesPipe: Bool
    private let closedPromise: EventLoopPromise<Void>
    private let lastID = Atomic(0)

    private var machine: SessionStateMachine<Context>
    private var encoder: MessageEncoder
    private var transport: (any MCPTransport)?
    private var revision: ProtocolRevision?
    private var scratch = ByteBuffer()
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var negotiation = Negotiation()
    private var subscription: ChangeSubscription?
    private var opening: EventLoopPromise<Negotiated>?
    private var openingTimers: [Scheduled<Void>] = []
    private var subscriptionTimer: Scheduled<Void>?
    private var hasEnded = false

    init(
        configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        clientInfo: ClientInfo,
        limits: SessionLimits,
        logger: Logger,
        onEvent: @escaping @Sendable (SessionEvent) -> Void
    ) {
        var secrets: [String] = []
        var usesPipe = false
        if case .stdio(let server) = configuration.transport { (secrets, usesPipe) = (server.secrets, true) }
        self.eventLoop = eventLoop
        self.limits = limits
        self.redactor = Redactor(secrets: secrets)
        self.standardError = StandardErrorLog(
            maximumLines: limits.standardErrorLines,
            maximumBytes: limits.standardErrorBytes,
            redactor: self.redactor
        )
        self.usesPipe = usesPipe
        self.logger = logger
        self.requestLog = RequestLog(logger, self.redactor)
        self.onEvent = onEvent
        self.machine = SessionStateMachine(limits: limits)
        self.encoder = MessageEncoder(clientInfo: clientInfo, maximumDepth: limits.maximumDepth)
        self.closedPromise = eventLoop.makePromise()
        self.closed = self.closedPromise.futureResult
    }

    // MARK: Opening

    /// Negotiates over a transport that was just connected.
    func open(_ transport: any MCPTransport, deadline: NIODeadline) -> EventLoopFuture<Negotiated> {
        let opening = self.eventLoop.makePromise(of: Negotiated.self)
        self.onLoop {
            self.opening = opening
            if let reason = self.machine.closeReason {
                // Closed while it was being connected: by the server's end, or by us.
                if self.hasEnded {
                    self.endOpening(.failure(reason))
                } else {
                    self.transport = transport
                    transport.close(reason: reason)
                }
                return
            }
            self.transport = transport
            let late = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
                self.close(MCPError(.timedOut, "the server did not answer within its start timeout"))
            }
            self.openingTimers.append(late)
            self.perform(self.negotiation.start())
        }
        return opening.futureResult
    }

    private func perform(_ step: Negotiation.Step) {
        switch step {
        case .wait: break
        case .probe(let revision):
            self.encoder.use(revision)
            let request = MCPRequest(method: "server/discover", timeout: .zero)
            let header = HTTPHeader(name: "MCP-Protocol-Version", value: revision.rawValue)
            self.ask(request, headers: [header]) { self.perform(self.negotiation.probeAnswered($0)) }
            let late = self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.limits.probeTimeout)) {
                self.perform(self.negotiation.probeIsLate())
            }
            self.openingTimers.append(late)
        case .initialize(let revision):
            self.encoder.use(revision)
            let params = self.encoder.initializeParams(revision)
            let request = MCPRequest(method: "initialize", params: params, timeout: .zero)
            self.ask(request) { self.perform(self.negotiation.initializeAnswered($0)) }
        case .finished(let negotiated):
            self.revision = negotiated.revision
            self.encoder.use(negotiated.revision)
            self.machine.opened(negotiated.revision)
            self.transport?.negotiated(negotiated.revision)
            if negotiated.revision.era == .legacy {
                self.transmit(MessageEncoder.initialized(), .notification(method: "notifications/initialized"))
            }
            self.subscription = ChangeSubscription(negotiated)
            self.subscribe()
            self.endOpening(.success(negotiated))
        case .failed(let error):
            self.close(error)
        }
    }

    /// Sends a request of the session's own. It has no deadline; the end of the opening or of the session ends it.
    private func ask(
        _ request: MCPRequest,
        headers: [HTTPHeader] = [],
        _ completion: @escaping @Sendable (MCPResponse) -> Void
    ) {
        self.start(self.nextID(), request, extraHeaders: headers, deadline: nil, isInternal: true, completion)
    }

    private func endOpening(_ result: Result<Negotiated, MCPError>) {
        for timer in self.openingTimers { timer.cancel() }
        self.openingTimers = []
        guard let opening = self.opening else { return }
        self.opening = nil
        opening.completeWith(result.mapError { $0 as any Error })
    }

    /// Asks to be told of changed lists, as modern servers tell only those who ask.
    private func subscribe() {
        guard let params = self.subscription?.params, self.machine.closeReason == nil else { return }
        self.ask(MCPRequest(method: "subscriptions/listen", params: params, timeout: .zero)) { response in
            guard let delay = self.subscription?.ended(response) else { return }
            self.logger.debug("asking again to be told of changed lists", metadata: ["in": "\(delay)"])
            self.subscriptionTimer = self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) {
                self.subscribe()
                // What changed in between was not told.
                for kind in self.subscription?.kinds ?? [] { self.onEvent(.listChanged(kind)) }
            }
        }
    }

    // MARK: Requests

    /// A JSON-RPC id that was never used in this session. Any thread.
    func nextID() -> Int { self.lastID.add(1, ordering: .relaxed).newValue }

    /// Sends a request under an id of ``nextID()``. Any thread; on the event loop it is sent before this returns.
    func send(_ id: Int, _ request: MCPRequest, _ completion: @escaping @Sendable (MCPResponse) -> Void) {
        let deadline = NIODeadline.now() + TimeAmount(request.timeout)
        self.onLoop {
            self.start(id, request, extraHeaders: [], deadline: deadline, isInternal: false, completion)
        }
    }

    private func start(
        _ id: Int,
        _ request: MCPRequest,
        extraHeaders: [HTTPHeader],
        deadline: NIODeadline?,
        isInternal: Bool,
        _ completion: @escaping @Sendable (MCPResponse) -> Void
    ) {
        self.scratch.clear()
        do throws(MCPError) {
            try self.encoder.write(request, id: id, into: &self.scratch)
        } catch {
            self.refuse(completion, error)
            return
        }
        let completion =
            self.requestLog?.logging(request, size: self.scratch.readableBytes, then: completion) ?? completion
        let context = Context(completion: completion, onProgress: request.onProgress)
        switch self.machine.submit(id: id, context: context, deadline: deadline, isInternal: isInternal) {
        case .refuse(let error):
            self.refuse(completion, error)
        case .send:
            self.armTimer()
            self.transport?.send(
                OutboundMessage(
                    body: self.scratch,
                    kind: .request(id: id, method: request.method, name: request.name),
                    headers: extraHeaders + request.parameterHeaders,
                    onWritten: { self.machine.written(id: id) },
                    onLog: request.onLog
                )
            )
        }
    }

    /// In a later turn of the loop, so that no completion comes before `send` has returned.
    private func refuse(_ completion: @escaping @Sendable (MCPResponse) -> Void, _ error: MCPError) {
        self.eventLoop.execute { completion(.failed(error)) }
    }

    /// Gives up a request. Any thread.
    func cancel(_ id: Int, reason: String) {
        self.onLoop {
            guard let ended = self.machine.cancel(id: id) else { return }
            self.abandon(ended, reason: reason)
            let error = MCPError(.cancelled, "cancelled: \(reason)", requestWasWritten: ended.wasWritten)
            ended.context.completion(.failed(error))
        }
    }

    /// Tells the server that nobody waits for an answer any more.
    private func abandon(_ ended: SessionStateMachine<Context>.Ended, reason: String) {
        guard !ended.isInternal else { return }
        // Over HTTP in the modern era the closed stream is the message.
        if self.usesPipe || self.revision?.era == .legacy {
            let message = MessageEncoder.cancelled(id: ended.id, reason: reason)
            self.transmit(message, .notification(method: "notifications/cancelled"))
        }
        self.transport?.cancel(requestID: ended.id)
    }

    private func transmit(_ body: ByteBuffer, _ kind: OutboundMessage.Kind) {
        self.transport?.send(OutboundMessage(body: body, kind: kind))
    }

    private func armTimer() {
        guard let deadline = self.machine.nextDeadline, deadline < self.timerDeadline else { return }
        self.timer?.cancel()
        self.timerDeadline = deadline
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.timerDeadline = .distantFuture
            let expired = self.machine.expire(now: .now())
            for ended in expired {
                self.abandon(ended, reason: "timed out")
                let error = MCPError(.timedOut, "the server did not answer in time", requestWasWritten: ended.wasWritten)
                ended.context.completion(.failed(error))
            }
            self.armTimer()
        }
    }

    // MARK: What the transport tells

    func received(_ message: ByteBuffer) {
        self.eventLoop.assertInEventLoop()
        guard message.getInteger(at: message.readerIndex, as: UInt8.self) != Byte.openBracket else {
            self.receivedBatch(message)
            return
        }
        do throws(JSONError) {
            guard let incoming = try IncomingMessage.parse(message, maximumDepth: self.limits.maximumDepth) else {
                self.perform(self.machine.receivedBadMessage("an object that is no message"))
                return
            }
            self.perform(self.machine.received(incoming))
        } catch {
            self.perform(self.machine.receivedBadMessage("\(error)"))
        }
    }

    /// Several messages in one array: revision 2025-03-26 allows it, no other one does.
    private func receivedBatch(_ message: ByteBuffer) {
        guard self.revision == .v20250326 else {
            self.perform(self.machine.receivedBadMessage("a batch"))
            return
        }
        var ranges: [Range<Int>] = []
        do throws(JSONError) {
            try message.withJSONElements(maximumDepth: self.limits.maximumDepth) { (value) throws(JSONError) in
                if value.isObject { ranges.append(value.range) }
            }
        } catch {
            self.perform(self.machine.receivedBadMessage("\(error)"))
            return
        }
        for range in ranges { self.received(message.jsonSlice(range)) }
    }

    private func perform(_ action: SessionStateMachine<Context>.ReceiveAction) {
        switch action {
        case .answer(let context, let response): context.completion(response)
        case .progress(let context, let params): context.onProgress?(params)
        case .event(.listChanged(let kind)):
            self.subscription?.isHealthy()
            self.onEvent(.listChanged(kind))
        case .event(.log(let params)):
            let text = String(decoding: params.readableBytesView.prefix(4096), as: UTF8.self)
            self.onEvent(.log(self.redactor.redact(text)))
        case .reply(let message): self.transmit(message, .response)
        case .ignore(let reason):
            if let reason { self.logger.debug("ignored a message of an MCP server", metadata: ["reason": "\(reason)"]) }
        case .close(let error): self.close(error)
        }
    }

    func requestFailed(id: Int, error: MCPError) {
        self.eventLoop.assertInEventLoop()
        guard let ended = self.machine.failed(id: id) else { return }
        // The transport says exactly whether the server can have seen the request: one that a lost session refused was not.
        ended.context.completion(.failed(error))
    }

    func transportClosed(_ reason: MCPError) {
        self.eventLoop.assertInEventLoop()
        guard !self.hasEnded else { return }
        self.hasEnded = true
        var reason = self.described(reason)
        if self.revision == nil, reason.code == .closed {
            reason.code = .startFailed
            reason.message += " before it answered"
        }
        self.end(reason)
        self.transport = nil
        self.onEvent(.closed(self.machine.closeReason ?? reason))
        self.closedPromise.succeed()
    }

    /// Instead of ``open(_:deadline:)`` where nothing could be started or reached: nobody will call `transportClosed`, and no
    /// promise may be left open, which would end a debug build.
    func neverBegan() {
        self.closedPromise.succeed()
    }

    // MARK: Closing

    /// Ends the session. Any thread; idempotent.
    func close(_ reason: MCPError) {
        self.onLoop {
            let reason = self.described(reason)
            self.end(reason)
            self.transport?.close(reason: reason)
        }
    }

    /// Resolves everything that waits. The first reason stands.
    private func end(_ reason: MCPError) {
        let open = self.machine.close(reason)
        self.timer?.cancel()
        self.timer = nil
        self.subscriptionTimer?.cancel()
        self.subscriptionTimer = nil
        var lost = reason
        // What closed the session is not the fault of the requests that were open: theirs is that the session was lost.
        if reason.code == .protocolViolation || reason.code == .tooLarge { lost.code = .closed }
        for ended in open where !ended.isInternal {
            ended.context.completion(.failed(lost.written(ended.wasWritten)))
        }
        // The opener hears of it when nothing of the child is left, and with all that the child had to say.
        if self.hasEnded || self.transport == nil { self.endOpening(.failure(self.machine.closeReason ?? reason)) }
    }

    private func described(_ reason: MCPError) -> MCPError {
        var reason = reason
        let lines = self.standardError.recentLines
        if reason.detail == nil, !lines.isEmpty { reason.detail = lines.joined(separator: "\n") }
        return reason
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if self.eventLoop.inEventLoop {
            body()
        } else {
            self.eventLoop.execute(body)
        }
    }
}
