import NIOCore

/// What a session knows and decides, without any I/O: which requests are open, and what each message means.
///
/// Generic over what is kept for each request, so that tests can use a plain value. Every request that was taken by ``submit``
/// leaves exactly once: by an answer, a failure, a cancellation, its deadline or the end of the session.
struct SessionStateMachine<Context> {
    /// One open request.
    struct Pending {
        var context: Context
        /// Whether its first byte was handed to the server.
        var wasWritten = false
        /// Whether the session asked on its own behalf: nothing is cancelled then, and nobody is told when the session ends.
        var isInternal: Bool
    }

    enum SubmitAction {
        case send
        case refuse(MCPError)
    }

    enum ReceiveAction {
        /// An open request has its answer.
        case answer(Context, MCPResponse)
        /// Progress of an open request.
        case progress(Context, params: ByteBuffer)
        /// Something for the owner of the session.
        case event(SessionEvent.Told)
        /// A message to be sent back.
        case reply(ByteBuffer)
        /// Nothing to do; the reason, when it is worth a line in the log.
        case ignore(String?)
        /// The server is out of step with the protocol.
        case close(MCPError)
    }

    struct Ended {
        var id: Int
        var context: Context
        var wasWritten: Bool
        var isInternal: Bool
    }

    private enum Phase {
        case negotiating
        case open(ProtocolRevision)
        case closed(MCPError)
    }

    private let limits: SessionLimits
    private var phase = Phase.negotiating
    private var pending: [Int: Pending] = [:]
    private var deadlines = DeadlineQueue()
    private var highestID = 0
    private var badMessages = 0

    /// Answers that came after their request had ended.
    private(set) var lateAnswers = 0
    /// Answers to requests that were never sent.
    private(set) var unknownAnswers = 0

    init(limits: SessionLimits) {
        self.limits = limits
    }

    /// How many requests are open.
    var openRequests: Int { self.pending.count }

    /// When ``expire(now:)`` is to be called next.
    var nextDeadline: NIODeadline? { self.deadlines.earliest }

    /// Why the session is closed; `nil` while it is not.
    var closeReason: MCPError? {
        guard case .closed(let reason) = self.phase else { return nil }
        return reason
    }

    /// Negotiation has ended well.
    mutating func opened(_ revision: ProtocolRevision) {
        guard case .negotiating = self.phase else { return }
        self.phase = .open(revision)
    }

    /// A caller wants to send a request. `id` must never have been used before.
    mutating func submit(
        id: Int,
        context: Context,
        deadline: NIODeadline?,
        isInternal: Bool = false
    ) -> SubmitAction {
        if case .closed(let reason) = self.phase { return .refuse(reason.written(false)) }
        guard self.pending.count < self.limits.maximumPendingRequests else {
            return .refuse(MCPError(.busy, "\(self.pending.count) requests already wait for answers of this session"))
        }
        self.highestID = max(self.highestID, id)
        self.pending[id] = Pending(context: context, isInternal: isInternal)
        if let deadline { self.deadlines.insert(id, deadline: deadline) }
        return .send
    }

    /// The first byte of a request was handed over.
    mutating func written(id: Int) {
        self.pending[id]?.wasWritten = true
    }

    /// A message came.
    mutating func received(_ message: IncomingMessage) -> ReceiveAction {
        if case .closed = self.phase { return .ignore(nil) }
        switch message {
        case .result(let id, let result, let isError, let type):
            return self.answer(id, .result(result, isError: isError, resultType: type))
        case .error(let id, let error, let code):
            guard id != nil else {
                return self.receivedBadMessage("an error for no request, code \(code)")
            }
            return self.answer(id, .error(error, code: code))
        case .request(let id, let method):
            return self.request(id: id, method: method)
        case .notification(.progress, let params):
            guard let params, let token = params.progressToken(maximumDepth: self.limits.maximumDepth) else {
                return .ignore("progress without a token of ours")
            }
            guard let pending = self.pending[token] else { return .ignore(nil) }
            return .progress(pending.context, params: params)
        case .notification(.listChanged(let kind), _): return .event(.listChanged(kind))
        case .notification(.log, let params): return .event(.log(params ?? ByteBuffer()))
        case .notification(.cancelled, _): return .ignore(nil)
        case .notification(.other(let method), _): return .ignore("notification \(method.prefix(128))")
        }
    }

    /// Something came that is no JSON-RPC message.
    mutating func receivedBadMessage(_ problem: String) -> ReceiveAction {
        if case .closed = self.phase { return .ignore(nil) }
        self.badMessages += 1
        guard self.badMessages <= self.limits.maximumBadMessages else {
            return .close(
                MCPError(
                    .protocolViolation,
                    "the server sent \(self.badMessages) messages that are not JSON-RPC, the last one: \(problem); "
                        + "it must write nothing else to its output"
                )
            )
        }
        return .ignore("not JSON-RPC: \(problem)")
    }

    private mutating func answer(_ id: Int?, _ response: MCPResponse) -> ReceiveAction {
        guard let id, id > 0, id <= self.highestID else {
            self.unknownAnswers += 1
            return .ignore("an answer to a request that was never sent")
        }
        guard let pending = self.remove(id) else {
            self.lateAnswers += 1
            return .ignore(nil)
        }
        return .answer(pending.context, response)
    }

    private func request(id: ByteBuffer, method: String) -> ReceiveAction {
        if case .open(let revision) = self.phase, revision.era == .modern {
            return .ignore("request \(method.prefix(128)), which servers of \(revision) must not send")
        }
        if method == "ping" { return .reply(MessageEncoder.emptyResult(id: id)) }
        return .reply(MessageEncoder.methodNotFound(id: id, method: String(method.prefix(128))))
    }

    /// The transport knows that a request will get no answer.
    mutating func failed(id: Int) -> Ended? {
        self.remove(id).map { self.ended(id, $0) }
    }

    /// A caller no longer wants the answer. Returns `nil` when the request has ended already.
    mutating func cancel(id: Int) -> Ended? {
        self.remove(id).map { self.ended(id, $0) }
    }

    /// Ends the requests whose time is over.
    mutating func expire(now: NIODeadline) -> [Ended] {
        var ended: [Ended] = []
        while let id = self.deadlines.popExpired(now: now) {
            if let pending = self.pending.removeValue(forKey: id) { ended.append(self.ended(id, pending)) }
        }
        self.discardStaleDeadlines()
        return ended
    }

    /// The session ends; all that is open ends with it. The first reason stands.
    mutating func close(_ reason: MCPError) -> [Ended] {
        if case .closed = self.phase { return [] }
        self.phase = .closed(reason)
        let all = self.pending.sorted { $0.key < $1.key }.map { self.ended($0.key, $0.value) }
        self.pending = [:]
        self.deadlines = DeadlineQueue()
        return all
    }

    private func ended(_ id: Int, _ pending: Pending) -> Ended {
        Ended(id: id, context: pending.context, wasWritten: pending.wasWritten, isInternal: pending.isInternal)
    }

    private mutating func remove(_ id: Int) -> Pending? {
        guard let pending = self.pending.removeValue(forKey: id) else { return nil }
        self.discardStaleDeadlines()
        return pending
    }

    private mutating func discardStaleDeadlines() {
        let pending = self.pending
        self.deadlines.discardStale(living: pending.count) { pending[$0] != nil }
    }
}

extension ByteBuffer {
    /// The token of progress parameters, when it is a number, as ours are.
    fileprivate func progressToken(maximumDepth: Int) -> Int? {
        var token: Int?
        do {
            try self.withJSONMembers(maximumDepth: maximumDepth) { (key, value) throws(JSONError) in
                if key.equals("progressToken") { token = value.integer }
            }
        } catch {
            // Parameters that are no object name no token.
            return nil
        }
        return token
    }
}
