import DequeModule
import NIOCore

/// The transport's state: which wire carries the messages, and what waits. Confined to the event loop.
final class HTTPTransportCore: HTTPWireOwner {
    private enum State { case open, closing, closed }

    private let connection: HTTPConnection
    private var delegate: (any MCPTransportDelegate)?
    private var wire: (any HTTPWire)?
    private var state = State.open
    /// Whether messages wait until the server has taken `notifications/initialized`: every message is a request of its own, and
    /// one that overtook it would be refused.
    private var isHolding = false
    private var held: Deque<OutboundMessage> = []

    init(_ connection: HTTPConnection, delegate: any MCPTransportDelegate) {
        self.connection = connection
        self.delegate = delegate
    }

    /// Takes the wire that the kind of server asks for.
    func open(_ kind: HTTPServer.Kind) {
        guard case .open = self.state else { return }
        if kind == .sse || (kind == .automatic && self.connection.endpoint.looksLikeEventStream) {
            let wire = ServerSentEventsWire(self.connection, owner: self)
            self.wire = wire
            wire.open()
        } else {
            self.wire = StreamableWire(self.connection, allowsFallback: kind == .automatic, owner: self)
        }
    }

    func send(_ message: OutboundMessage) {
        guard self.state == .open else { return self.refuse(message) }
        guard !self.isHolding else {
            guard self.held.count < self.connection.limits.maximumPendingRequests else { return self.refuse(message, .busy) }
            return self.held.append(message)
        }
        if message.kind == .notification(method: "notifications/initialized") { self.isHolding = true }
        self.wire?.send(message)
    }

    func cancel(requestID: Int) {
        self.held.removeAll { $0.requestID == requestID }
        self.wire?.cancel(requestID: requestID)
    }

    func negotiated(_ revision: ProtocolRevision) {
        self.wire?.negotiated(revision)
    }

    func close(reason: MCPError) {
        guard self.state == .open else { return }
        self.state = .closing
        self.held = []
        guard let wire = self.wire else { return self.wireClosed(reason) }
        wire.close(reason: reason)
    }

    private func refuse(_ message: OutboundMessage, _ code: MCPError.Code = .closed) {
        guard self.state != .closed, let id = message.requestID else { return }
        let text = code == .busy ? "too many requests wait for the session to open" : "the session is closed"
        self.delegate?.requestFailed(id: id, error: MCPError(code, text))
    }
}

// MARK: What the wire tells

extension HTTPTransportCore {
    func received(_ message: ByteBuffer) {
        guard self.state == .open else { return }
        self.delegate?.received(message)
    }

    func requestFailed(id: Int, error: MCPError) {
        guard self.state != .closed else { return }
        self.delegate?.requestFailed(id: id, error: error)
    }

    func delivered(_ message: OutboundMessage) {
        guard message.kind == .notification(method: "notifications/initialized") else { return }
        self.isHolding = false
        while !self.isHolding, self.state == .open, let message = self.held.popFirst() { self.send(message) }
    }

    func wireClosed(_ reason: MCPError) {
        guard self.state != .closed else { return }
        self.state = .closed
        self.held = []
        self.wire = nil
        let delegate = self.delegate
        self.delegate = nil
        delegate?.transportClosed(reason)
    }

    func refused(initialize message: OutboundMessage, error: MCPError) {
        guard self.state == .open else { return }
        let wire = ServerSentEventsWire(self.connection, earlierError: error, owner: self)
        self.wire = wire
        wire.open()
        wire.send(message)
    }
}
