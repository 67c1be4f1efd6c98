import MCPStore
import MCPStoreProtocol
import NIOCore

/// The MCP server that clients meet: answers requests of both eras from a space of the store.
///
/// It knows no transport: a request goes in, notifications and one reply come out. What belongs to a transport (headers, eras of
/// a connection, cancellation) is decided before; cancelling the task takes a request back.
package struct FrontDoor: Sendable {
    /// Takes a notification that belongs to a request: a JSON-RPC message in one line. May drop it where the client is slow.
    package typealias Notify = @Sendable (ByteBuffer) -> Void

    let space: any ToolSpace
    let options: FrontDoorOptions
    let subscriptions: Subscriptions
    /// The id of the principal whose door it is; empty for everybody's.
    let principal: String
    /// The members that every modern result of our own has, without braces.
    let modernMembers: ByteBuffer
    /// `{"name":…,"version":…}`
    let serverInfo: ByteBuffer

    package init(space: any ToolSpace, options: FrontDoorOptions = .init(), subscriptions: Subscriptions = .init()) {
        self.space = space
        self.options = options
        self.subscriptions = subscriptions
        principal = ""
        var info = ByteBuffer(string: "{\"name\":")
        info.writeJSONString(options.serverName)
        info.writeStaticString(",\"version\":")
        info.writeJSONString(options.serverVersion)
        info.writeStaticString("}")
        serverInfo = info
        modernMembers = ResultMembers.modern(serverInfo: info)
    }

    /// The same door before a space as one principal sees it.
    func seen(by principal: Principal) -> FrontDoor {
        guard principal.isLimited else { return self }
        return FrontDoor(space: GuardedSpace(space: space, principal: principal), principal: principal.id, like: self)
    }

    private init(space: any ToolSpace, principal: String, like other: FrontDoor) {
        self.space = space
        self.principal = principal
        options = other.options
        subscriptions = other.subscriptions
        modernMembers = other.modernMembers
        serverInfo = other.serverInfo
    }

    /// Answers a request.
    ///
    /// - Parameter era: In which it is written; a modern one has been checked to carry its envelope.
    package func answer(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async -> Reply {
        do throws(ProtocolError) {
            return try await route(request, era: era, notify: notify)
        } catch {
            return Reply(id: request.id, error: error)
        }
    }

    private func route(_ request: ClientRequest, era: MCPEra, notify: @escaping Notify) async throws(ProtocolError) -> Reply {
        switch (request.method, era) {
        case ("tools/call", _): return try await callTool(request, era: era, notify: notify)
        case ("prompts/get", _): return try await getPrompt(request, era: era, notify: notify)
        case ("resources/read", _): return try await readResource(request, era: era, notify: notify)
        case ("completion/complete", _): return try await complete(request, era: era, notify: notify)
        case ("server/discover", .modern): return discover(request)
        case ("tasks/get", .modern): return try await getTask(request)
        case ("tasks/update", .modern): return try await updateTask(request)
        case ("tasks/cancel", .modern): return try await cancelTask(request)
        case ("subscriptions/listen", .modern): return try await listen(request, notify: notify)
        case ("initialize", .legacy): return try initialize(request)
        case ("ping", .legacy): return Reply(id: request.id, result: ByteBuffer(string: "{}"))
        case ("logging/setLevel", .legacy): return try setLogLevel(request)
        case ("resources/subscribe", .legacy), ("resources/unsubscribe", .legacy): return try subscribe(request)
        default:
            guard let list = CatalogList(method: request.method) else { throw .methodNotFound(request.method) }
            return try page(of: list, request, era: era)
        }
    }

    /// A result of our own.
    ///
    /// - Parameters:
    ///   - members: Without braces.
    ///   - lifetime: For how long clients of the modern era may keep it, in milliseconds; `nil` where it cannot be kept.
    func result(_ request: ClientRequest, era: MCPEra, _ members: ByteBuffer, lifetime: Int? = nil) -> Reply {
        var buffer = ByteBuffer(string: "{")
        if era == .modern {
            buffer.writeImmutableBuffer(modernMembers)
            if members.readableBytes > 0 { buffer.writeStaticString(",") }
        }
        buffer.writeImmutableBuffer(members)
        if era == .modern, let lifetime {
            // What is listed may differ between principals: never shared between them.
            buffer.writeString(",\"ttlMs\":\(lifetime),\"cacheScope\":\"private\"")
        }
        buffer.writeStaticString("}")
        return Reply(id: request.id, result: buffer)
    }

    // MARK: What is there

    private func page(of list: CatalogList, _ request: ClientRequest, era: MCPEra) throws(ProtocolError) -> Reply {
        let parameters = try request.parameters()
        let given = parameters["cursor"]
        let cursor = given?.jsonString
        if given != nil, cursor == nil { throw .invalidParams("cursor must be a string") }
        let entries = space.catalog().entries(list)
        let page = try ListPage(of: entries, after: cursor, size: options.pageSize)
        return result(request, era: era, page.members(list), lifetime: options.listLifetime)
    }

    private func discover(_ request: ClientRequest) -> Reply {
        var members = ByteBuffer(string: "\"supportedVersions\":[")
        let modern = ProtocolRevision.all.filter { $0.era == .modern }
        for (index, revision) in modern.enumerated() {
            if index > 0 { members.writeStaticString(",") }
            members.writeJSONString(revision.rawValue)
        }
        members.writeStaticString("],\"capabilities\":")
        members.writeStaticString(
            #"{"tools":{"listChanged":true},"resources":{"listChanged":true},"prompts":{"listChanged":true},"completions":{},"logging":{}"#
        )
        if space.keepsTasks { members.writeString(",\"extensions\":{\"\(RequestMeta.tasksExtension)\":{}}") }
        members.writeStaticString("}")
        members.writeStaticString(",\"instructions\":")
        members.writeJSONString(options.instructions)
        return result(request, era: .modern, members, lifetime: 3_600_000)
    }

    /// Answered without a session: every later request stands for itself.
    private func initialize(_ request: ClientRequest) throws(ProtocolError) -> Reply {
        guard let wanted = try request.parameters().string("protocolVersion") else {
            throw .invalidParams("protocolVersion is missing or no string")
        }
        let revision = ProtocolRevision(rawValue: wanted)
        let isSpoken = revision.isKnown && revision.era == .legacy
        var members = ByteBuffer(string: "\"protocolVersion\":")
        members.writeJSONString((isSpoken ? revision : .latestLegacy).rawValue)
        members.writeStaticString(
            #","capabilities":{"tools":{},"resources":{},"prompts":{},"completions":{},"logging":{}},"serverInfo":"#
        )
        members.writeImmutableBuffer(serverInfo)
        members.writeStaticString(",\"instructions\":")
        members.writeJSONString(options.instructions)
        return result(request, era: .legacy, members)
    }
}

extension FrontDoor {
    /// A tool of which arguments travel as headers too; `nil` for all others, and where it is not known.
    func headerTool(_ name: String) -> ListedTool? {
        space.catalog().headerTools[name]
    }
}
