import NIOCore

/// One tools/call from its arrival to its answer. Bound to the event loop of its server.
final class Call {
    let id: JSONSlice
    let era: Era
    let params: JSONSlice?
    let arguments: JSONSlice?
    let scope: CallKey.Scope
    private let progressToken: JSONSlice?
    private let outlet: any Outlet
    private unowned let server: Server
    private var timer: Scheduled<Void>?
    private(set) var isOver = false
    /// Whether the call was not answered at once and is among the running ones of its server.
    var isWaiting = false
    /// Called when the call ends without an answer.
    var whenCancelled: (() -> Void)?

    init(request: Request, era: Era, scope: CallKey.Scope, outlet: any Outlet, server: Server) {
        self.id = request.id
        self.era = era
        self.params = request.params
        self.arguments = request.params?.member("arguments")
        self.progressToken = request.progressToken
        self.scope = scope
        self.outlet = outlet
        self.server = server
    }

    var settings: Settings { self.server.settings }

    private var wantsLog: Bool {
        let level = self.params?.member("_meta")?.member("io.modelcontextprotocol/logLevel")?.string
        return level.map { ["debug", "info"].contains($0) } ?? false
    }

    /// Whether the messages of this call go to `outlet`.
    func belongs(to outlet: any Outlet) -> Bool { self.outlet === outlet }

    /// Answers with a result whose members `members` writes.
    func succeed(_ members: (inout ByteBuffer) -> Void) {
        self.finish(status: 200) { [id = self.answerID, era] buffer in
            Answer.writeResult(to: &buffer, id: id, era: era, members: members)
        }
    }

    /// Answers with one text.
    func succeed(text: String) {
        self.succeed { $0.writeContent(text: text) }
    }

    /// Answers that the tool failed: a result with `isError`.
    func fail(_ message: String) {
        self.succeed { buffer in
            buffer.writeContent(text: message)
            buffer.writeStaticString(#","isError":true"#)
        }
    }

    /// Answers that the client is asked first (2026-07-28 only): `members` are `inputRequests` and `requestState`.
    func requireInput(members: String) {
        self.finish(status: 200) { [id = self.answerID, era] buffer in
            Answer.writeResult(to: &buffer, id: id, era: era, type: "input_required") { $0.writeString(members) }
        }
    }

    /// Sends a log message that belongs to the call. In the modern era only to who asks for it (2026-07-28, "Logging").
    func log(_ text: String) {
        guard !self.isOver, self.era == .legacy || self.wantsLog else { return }
        self.outlet.sendNotification { buffer in
            Answer.writeNotification("notifications/message", to: &buffer) { buffer in
                buffer.writeStaticString(#""level":"info","data":"#)
                buffer.writeJSON(text)
            }
        }
    }

    /// Answers with a JSON-RPC error.
    func reject(_ error: ProtocolError) {
        self.finish(status: error.httpStatus(in: self.era)) { [id = self.answerID] buffer in
            Answer.writeError(error, to: &buffer, id: id)
        }
    }

    /// Reports progress, if the caller asked for it.
    func report(progress: Int, of total: Int) {
        guard let token = self.progressToken, !self.isOver else { return }
        self.outlet.sendNotification { buffer in
            Answer.writeNotification("notifications/progress", to: &buffer) { buffer in
                buffer.writeStaticString(#""progressToken":"#)
                buffer.write(token)
                buffer.writeString(#","progress":\#(progress),"total":\#(total),"message":"step \#(progress) of \#(total)""#)
            }
        }
    }

    /// Goes on with `body` after `milliseconds`, unless the call was cancelled by then.
    func after(milliseconds: Int, _ body: @escaping (Call) -> Void) {
        self.timer = self.server.loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            guard !self.isOver else { return }
            body(self)
        }
    }

    /// Ends the call without an answer.
    func cancel() {
        guard !self.isOver, !self.settings.misbehaviour.answersLate else { return }
        self.isOver = true
        self.timer?.cancel()
        self.server.ended(self)
        self.whenCancelled?()
        self.outlet.abandon()
    }

    private var answerID: JSONSlice {
        self.settings.misbehaviour.answersWithWrongID ? Server.wrongID : self.id
    }

    private func finish(status: UInt, _ write: (inout ByteBuffer) -> Void) {
        guard !self.isOver else { return }
        self.isOver = true
        self.server.ended(self)
        self.outlet.sendAnswer(status: status, write)
        if self.settings.misbehaviour.answersTwice { self.outlet.sendAnswer(status: status, write) }
    }
}

extension ByteBuffer {
    /// Appends the members `content` with one text.
    mutating func writeContent(text: String) {
        self.writeStaticString(#""content":[{"type":"text","text":"#)
        self.writeJSON(text)
        self.writeStaticString("}]")
    }
}
