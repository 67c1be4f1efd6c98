import NIOCore
import NIOHTTP1

/// A GET that brings events, opened again with `Last-Event-ID` when it breaks. Confined to the event loop.
///
/// Used for the server's own stream of a legacy session, for the rest of a broken answer of one, and, without opening it again, as
/// the one stream of HTTP+SSE.
final class EventStream: HTTPExchangeHandler {
    /// Whether a stream that ended is opened again.
    enum Resumption { case never, afterFailures }

    /// A stream that lasted so long was a good one, even if nothing came: it was idle, and somebody in between closed it for that.
    private static let goodLifetime = TimeAmount.seconds(10)

    private let connection: HTTPConnection
    private let resumption: Resumption
    private let headers: (_ lastEventID: String?) -> HTTPHeaders
    private let onEvent: (SSEEvent) -> Void
    private let onEnd: (HTTPOutcome) -> Void

    private var exchange: HTTPExchange?
    private var timer: Scheduled<Void>?
    private var lastEventID: String?
    private var retry: TimeAmount?
    private var failures = 0
    private var openedAt: NIODeadline?
    private var isStopped = false

    /// - Parameters:
    ///   - headers: Makes the fields of the GET.
    ///   - onEvent: Gets every event.
    ///   - onEnd: Called once when the stream is over for good; not after ``stop()``.
    init(
        _ connection: HTTPConnection,
        resumption: Resumption,
        lastEventID: String? = nil,
        retry: TimeAmount? = nil,
        headers: @escaping (_ lastEventID: String?) -> HTTPHeaders,
        onEvent: @escaping (SSEEvent) -> Void,
        onEnd: @escaping (HTTPOutcome) -> Void
    ) {
        self.connection = connection
        self.resumption = resumption
        self.lastEventID = lastEventID
        self.retry = retry
        self.headers = headers
        self.onEvent = onEvent
        self.onEnd = onEnd
    }

    /// Opens the stream now.
    func open() {
        guard !self.isStopped else { return }
        self.exchange = self.connection.start(.GET, headers: self.headers(self.lastEventID), handler: self)
    }

    /// Opens the stream after the wait that the server asked for, or that follows from the failures so far.
    func openLater() {
        let doubling = self.connection.options.resumeDelay * (1 << min(max(self.failures - 1, 0), 16))
        let delay = max(self.retry ?? TimeAmount(doubling), .milliseconds(50))
        let bounded = min(delay, TimeAmount(self.connection.options.maximumResumeDelay))
        self.timer = self.connection.eventLoop.assumeIsolated().scheduleTask(in: bounded) { self.open() }
    }

    /// Closes the stream for good. Nothing is called after it.
    func stop() {
        self.isStopped = true
        self.timer?.cancel()
        self.timer = nil
        self.exchange?.cancel()
        self.exchange = nil
    }

    func exchange(_ exchange: HTTPExchange, received head: HTTPResponseHead) {
        self.openedAt = .now()
    }

    func exchange(_ exchange: HTTPExchange, received event: SSEEvent) {
        self.failures = 0
        if let id = event.id { self.lastEventID = id }
        if let retry = event.retry { self.retry = retry }
        self.onEvent(event)
    }

    func exchange(_ exchange: HTTPExchange, ended outcome: HTTPOutcome) {
        self.exchange = nil
        guard !self.isStopped else { return }
        if let openedAt = self.openedAt, .now() - openedAt >= Self.goodLifetime { self.failures = 0 }
        self.openedAt = nil
        if self.canResume(after: outcome) {
            self.failures += 1
            self.openLater()
        } else {
            self.isStopped = true
            self.onEnd(outcome)
        }
    }

    private func canResume(after outcome: HTTPOutcome) -> Bool {
        guard self.resumption == .afterFailures, self.failures < self.connection.options.maximumResumeFailures else {
            return false
        }
        switch outcome {
        case .streamEnded: return true
        // Only what may pass by itself: a stream that is too large or forbidden is so the next time, too.
        case .failed(let error): return error.code == .closed || error.code == .unreachable
        case .refused(let refusal): return refusal.status.code >= 500 && refusal.status != .notImplemented
        case .json, .accepted, .unexpected: return false
        }
    }
}
