import NIOCore

/// One POSTed request and its answer: a JSON body, or events when the caller asked for progress or log messages.
final class HTTPExchange: Outlet {
    /// The id of the session that the answer opens.
    var openedSession: String?
    let era: Era
    private let response: HTTPResponseWriter
    private let request: Request
    private let answersWithEvents: Bool
    private var hasStarted = false
    private var isOver = false

    init(request: Request, era: Era, response: HTTPResponseWriter) {
        self.request = request
        self.era = era
        self.response = response
        let wantsLog = request.meta?.member("io.modelcontextprotocol/logLevel") != nil
        self.answersWithEvents = request.method == "tools/call" && (request.progressToken != nil || wantsLog)
    }

    func sendAnswer(status: UInt, _ write: (inout ByteBuffer) -> Void) {
        guard !self.isOver else { return }
        self.isOver = true
        if self.hasStarted || self.answersWithEvents && status == 200 {
            self.startEvents()
            self.response.sendEvent(write)
            self.response.end()
        } else {
            var body = ByteBuffer()
            write(&body)
            self.response.send(status, headers: self.headers, type: "application/json", body: body)
        }
    }

    /// Only answers with events have room for notifications.
    func sendNotification(_ write: (inout ByteBuffer) -> Void) {
        guard self.answersWithEvents, !self.isOver else { return }
        self.startEvents()
        self.response.sendEvent(write)
    }

    /// HTTP wants some response: legacy clients, the only ones that can see it, ignore the answer to what they cancelled.
    func abandon() {
        if self.hasStarted {
            self.isOver = true
            self.response.end()
        } else {
            self.sendAnswer(status: 200) { [id = self.request.id] buffer in
                Answer.writeError(ProtocolError(code: 0, message: "Request cancelled"), to: &buffer, id: id)
            }
        }
    }

    private var headers: [(String, String)] {
        self.openedSession.map { [("mcp-session-id", $0)] } ?? []
    }

    private func startEvents() {
        guard !self.hasStarted else { return }
        self.hasStarted = true
        self.response.startEvents(headers: self.headers)
    }
}
