import NIOCore

/// Answers MCP requests once their transport knows the era. Knows neither stdio nor HTTP; bound to one event loop.
final class Server {
    static let wrongID: JSONSlice = {
        do { return try JSONSlice(parsing: Array(#""not-your-id""#.utf8)) } catch { preconditionFailure("\(error)") }
    }()

    let settings: Settings
    let loop: any EventLoop
    private let unchanged: Catalog
    /// What is listed while an order says so.
    private let changed: Catalog?
    private var running = RunningCalls()

    init(settings: Settings, loop: any EventLoop) {
        self.settings = settings
        self.loop = loop
        let tools = settings.isConformance ? Tools.all + Conformance.tools : Tools.all
        self.unchanged = Catalog(tools: settings.hasTools ? tools : [], pageSize: settings.pageSize)
        self.changed =
            settings.misbehaviour.orders == nil
            ? nil : Catalog(tools: settings.hasTools ? Tools.changed(tools) : [], pageSize: settings.pageSize)
    }

    private var catalog: Catalog {
        guard let changed, self.settings.misbehaviour.orders?.has(.changeTools) == true else { return self.unchanged }
        return changed
    }

    /// Answers `request` through `outlet`, now or later.
    func serve(_ request: Request, era: Era, scope: CallKey.Scope, outlet: any Outlet) {
        do throws(ProtocolError) {
            switch (request.method, era) {
            case ("tools/call", _) where self.settings.hasTools:
                try self.call(request, era: era, scope: scope, outlet: outlet)
            case ("tools/list", _) where self.settings.hasTools:
                let page = try self.catalog.page(after: request.params?.member("cursor"))
                self.answer(request, era: era, outlet: outlet) { buffer in
                    page.write(to: &buffer)
                    if era == .modern { buffer.writeStaticString(#","ttlMs":60000,"cacheScope":"public""#) }
                }
            case ("resources/list", _) where self.settings.hasTools:
                self.answerList(request, era: era, outlet: outlet, "resources", Resources.list, Conformance.resources)
            case ("resources/templates/list", _) where self.settings.hasTools:
                self.answerList(
                    request,
                    era: era,
                    outlet: outlet,
                    "resourceTemplates",
                    Resources.templates,
                    Conformance.templates
                )
            case ("prompts/list", _) where self.settings.hasTools:
                self.answerList(request, era: era, outlet: outlet, "prompts", Prompts.list, Conformance.prompts)
            case ("resources/read", _) where self.settings.hasTools:
                var members = ByteBuffer()
                let uri = request.params?.member("uri")?.string
                if self.settings.isConformance, let uri, let contents = Conformance.contents(of: uri) {
                    members.writeString("\"contents\":[{\"uri\":\(jsonText(uri)),\(contents)}]")
                } else {
                    try Resources.read(uri, to: &members)
                }
                if era == .modern { members.writeStaticString(#","ttlMs":0,"cacheScope":"private""#) }
                self.answer(request, era: era, outlet: outlet) { $0.writeImmutableBuffer(members) }
            case ("prompts/get", _) where self.settings.hasTools:
                if self.settings.isConformance, era == .modern,
                    request.params?.member("name")?.isString(Conformance.askingPrompt) == true
                {
                    return self.ask(request, outlet)
                }
                var members = ByteBuffer()
                let (name, arguments) = (request.params?.member("name")?.string, request.params?.member("arguments"))
                if self.settings.isConformance, let name, let messages = Conformance.messages(of: name, arguments) {
                    members.writeString("\"messages\":\(messages)")
                } else {
                    try Prompts.get(name, arguments, to: &members)
                }
                self.answer(request, era: era, outlet: outlet) { $0.writeImmutableBuffer(members) }
            case ("completion/complete", _) where self.settings.hasTools:
                self.answer(request, era: era, outlet: outlet) { Prompts.complete(request.params, to: &$0) }
            case ("server/discover", .modern):
                self.answer(request, era: era, outlet: outlet, members: self.writeDiscovery)
            case ("initialize", .legacy):
                let revision = try self.handshakeRevision(request)
                self.answer(request, era: era, outlet: outlet) { buffer in
                    buffer.writeString(#""protocolVersion":"\#(revision)","capabilities":\#(self.capabilities),"#)
                    buffer.writeString(#""serverInfo":\#(Answer.serverInfo),"instructions":"\#(Self.instructions)""#)
                }
            case ("ping", .legacy), ("logging/setLevel", .legacy):
                outlet.sendAnswer(status: 200) { Answer.writeEmptyResult(to: &$0, id: request.id) }
            default:
                throw .methodNotFound(request.method)
            }
        } catch {
            outlet.sendAnswer(status: error.httpStatus(in: era)) { Answer.writeError(error, to: &$0, id: request.id) }
        }
    }

    /// Takes a notification; only cancellations have an effect.
    func notified(of method: String, params: JSONSlice?, scope: CallKey.Scope) {
        guard method == "notifications/cancelled", let id = params?.member("requestId") else { return }
        self.running.call(id: id, scope: scope)?.cancel()
    }

    /// Cancels what runs for a peer that went away.
    func cancelCalls(of outlet: any Outlet) {
        for call in self.running.calls(of: outlet) { call.cancel() }
    }

    /// A call got its answer or was cancelled.
    func ended(_ call: Call) {
        if call.isWaiting { self.running.remove(call) }
    }

    private func call(_ request: Request, era: Era, scope: CallKey.Scope, outlet: any Outlet) throws(ProtocolError) {
        guard let name = request.params?.member("name")?.string, let tool = self.catalog.tool(named: name) else {
            let name = request.params?.member("name")?.string ?? "(no name)"
            throw ProtocolError(code: ProtocolError.invalidParams, message: "Unknown tool: \(name)")
        }
        guard self.running.count < RunningCalls.maximum else {
            throw ProtocolError(code: ProtocolError.internalError, message: "Too many calls at once")
        }
        let call = Call(request: request, era: era, scope: scope, outlet: outlet, server: self)
        if !self.settings.misbehaviour.hangs { tool.run(call) }
        if !call.isOver {
            call.isWaiting = true
            self.running.insert(call)
        }
    }

    /// Shows the prompt that asks first.
    private func ask(_ request: Request, _ outlet: any Outlet) {
        let messages = Conformance.askedMessages(request.params)
        let asked = Conformance.requests("user_context", Conformance.elicit("What context should the prompt use?", "context"))
        outlet.sendAnswer(status: 200) { buffer in
            Answer.writeResult(to: &buffer, id: request.id, era: .modern, type: messages == nil ? "input_required" : "complete") {
                $0.writeString(messages.map { "\"messages\":\($0)" } ?? "\"inputRequests\":{\(asked)}")
            }
        }
    }

    private func answer(
        _ request: Request,
        era: Era,
        outlet: any Outlet,
        members: (inout ByteBuffer) -> Void
    ) {
        outlet.sendAnswer(status: 200) { Answer.writeResult(to: &$0, id: request.id, era: era, members: members) }
    }

    /// Answers with all items on one page.
    private func answerList(
        _ request: Request,
        era: Era,
        outlet: any Outlet,
        _ name: String,
        _ own: [String],
        _ conformance: [String]
    ) {
        let items = self.settings.isConformance ? own + conformance : own
        self.answer(request, era: era, outlet: outlet) { buffer in
            buffer.writeString("\"\(name)\":[\(items.joined(separator: ","))]")
            if era == .modern { buffer.writeStaticString(#","ttlMs":60000,"cacheScope":"public""#) }
        }
    }

    private func handshakeRevision(_ request: Request) throws(ProtocolError) -> String {
        guard let requested = request.params?.member("protocolVersion")?.string else {
            throw ProtocolError(code: ProtocolError.invalidParams, message: "initialize needs params.protocolVersion")
        }
        return Revision.legacy.contains(requested) ? requested : Revision.latestLegacy
    }

    private func writeDiscovery(to buffer: inout ByteBuffer) {
        buffer.writeString(#""supportedVersions":["\#(Revision.modern)"],"capabilities":\#(self.capabilities),"#)
        buffer.writeString(#""instructions":"\#(Self.instructions)","ttlMs":3600000,"cacheScope":"public""#)
    }

    private var capabilities: String {
        if self.settings.hasTools, self.changed != nil {
            return #"{"tools":{"listChanged":true},"resources":{},"prompts":{},"completions":{},"logging":{}}"#
        }
        return self.settings.hasTools
            ? #"{"tools":{},"resources":{},"prompts":{},"completions":{},"logging":{}}"# : #"{"logging":{}}"#
    }

    private static let instructions = "A server for tests and load tests. Each tool does what its name says."
}
