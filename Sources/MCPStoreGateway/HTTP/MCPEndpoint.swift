import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Streamable HTTP of both eras on one path: POST only, no session, so that any gateway can answer any request.
///
/// A request is answered with JSON when its answer comes first, and with an event stream when something is to be told before, or
/// after a while in which nothing came. In the modern era a client that goes away takes its request back; in the legacy era the
/// call goes on (2025-11-25, "Sending Messages to the Server").
struct MCPEndpoint: Sendable {
    let spaces: SpaceDirectory
    let connections: ClientConnections
    /// `nil`: nobody is limited.
    let limits: RequestLimits?
    /// The most bytes of a body.
    let mostBytes: Int

    func post(_ request: Request, _ context: GatewayContext, to space: Space) async throws -> Response {
        try context.principal.check(.call, in: space)
        let accepted = AcceptedTypes(request.headers[.accept])
        guard accepted.json || accepted.events else {
            throw Problem(406, "accept", "Accept must have application/json and text/event-stream")
        }
        guard Self.isJSON(request.headers[.contentType]) else {
            throw Problem(415, "contentType", "Content-Type must be application/json")
        }
        let body = try await Self.body(of: request, atMost: mostBytes)
        let headers = RoutingHeaders(request.headers)
        let message: ClientMessage
        do throws(ClientMessage.Unreadable) { message = try ClientMessage(body) } catch {
            return Self.response(Reply(id: error.id, error: error.error), headers.eraOfOthers)
        }
        switch message {
        case .request(let message):
            let era: MCPEra
            do throws(ProtocolError) { era = try headers.era(of: message) } catch {
                return Self.response(Reply(id: message.id, error: error), .modern)
            }
            let permit: Permit?
            do throws(Problem) {
                permit = try await limits?.enter(context.principal, holds: message.method != "subscriptions/listen")
            } catch {
                return Self.refused(message, error)
            }
            // What is written into the message itself counts more than what a proxy may have added on the way.
            let trace = message.meta.trace ?? JobTrace(request.headers)
            return try await JobTrace.$current.withValue(trace) {
                try await answer(message, permit, era: era, headers, accepted, space, context)
            }
        case .notification:
            _ = try await limits?.enter(context.principal, holds: false)
            if let revision = headers.revision, !revision.isKnown {
                return Self.response(Reply(id: nil, error: .unsupportedVersion(revision.rawValue)), .modern)
            }
            // None has an effect here: a cancellation names a request by an id that strangers use too.
            return Response(status: .accepted)
        case .response:
            guard headers.eraOfOthers == .legacy else {
                let why = "Invalid request: the body must be a request or a notification"
                return Self.response(Reply(id: nil, error: ProtocolError(JSONRPCCode.invalidRequest, why)), .modern)
            }
            return Response(status: .accepted)
        }
    }

    /// Everything else than POST: there is no stream to open and no session to end.
    static func notAllowed(_ request: Request) -> Problem {
        Problem(405, "method", "only POST: every request stands for itself, there are no sessions", allow: "POST")
    }

    // MARK: Answers

    private func answer(
        _ request: ClientRequest,
        _ permit: Permit?,
        era: MCPEra,
        _ headers: RoutingHeaders,
        _ accepted: AcceptedTypes,
        _ space: Space,
        _ context: GatewayContext
    ) async throws -> Response {
        let lease = try await spaces.lease(space)
        let door = lease.door.seen(by: context.principal)
        if era == .modern, request.method == "tools/call", let name = try? request.parameters().string("name"),
            let tool = door.headerTool(name)
        {
            do throws(ProtocolError) { try headers.check(tool, request) } catch {
                return Self.response(Reply(id: request.id, error: error), era)
            }
        }
        guard accepted.events || request.method != "subscriptions/listen" else {
            throw Problem(406, "accept", "subscriptions/listen is answered with text/event-stream")
        }
        let exchange = Exchange { notify in
            // The space stays open as long as it is asked, and the request is unanswered until then.
            defer { withExtendedLifetime(lease) { permit?.end() } }
            return await door.answer(request, era: era, notify: notify)
        }
        let connection = connections.connection(of: context.channel)
        let listener = connection.add(
            ClientConnection.Listener(
                onClose: { if era == .modern { exchange.cancel() } },
                onTick: { exchange.tick() }
            )
        )
        @Sendable func leave() { connection.remove(listener) }
        for await event in exchange.events where accepted.events {
            return Self.stream(beginning: event, exchange, whenDone: leave)
        }
        let reply = await exchange.reply
        leave()
        guard accepted.json else { return Self.stream(beginning: nil, exchange, whenDone: {}) }
        return Self.response(reply, era)
    }

    private static func stream(
        beginning first: Exchange.Event?,
        _ exchange: Exchange,
        whenDone leave: @escaping @Sendable () -> Void
    ) -> Response {
        let body = ResponseBody { writer in
            defer { leave() }
            if let first { try await writer.write(bytes(first)) }
            for await event in exchange.events { try await writer.write(bytes(event)) }
            try await writer.write(EventStream.event(await exchange.reply.message))
            try await writer.finish(nil)
        }
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .accelBuffering: "no",
            .contentTypeOptions: "nosniff",
        ]
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func bytes(_ event: Exchange.Event) -> ByteBuffer {
        switch event {
        case .notification(let message): EventStream.event(message)
        case .quiet: EventStream.keepAlive
        }
    }

    /// A request that is over the limits of its principal: the status says so to whatever is on the way, the body to MCP clients.
    private static func refused(_ request: ClientRequest, _ problem: Problem) -> Response {
        var members: [String: JSONValue] = ["kind": .string(problem.kind)]
        if let seconds = problem.retryAfter { members["retryAfterMs"] = .integer(seconds * 1000) }
        let error = ProtocolError(JSONRPCCode.internalError, problem.detail, data: JSONValue.object(members).buffer)
        var response = response(Reply(id: request.id, error: error), .modern)
        response.status = HTTPResponse.Status(code: problem.status)
        if let seconds = problem.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    private static func response(_ reply: Reply, _ era: MCPEra) -> Response {
        Response(
            status: HTTPResponse.Status(code: reply.httpStatus(era)),
            headers: [.contentType: "application/json", .contentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: reply.message)
        )
    }

    // MARK: The body

    private static func isJSON(_ type: String?) -> Bool {
        guard let type else { return false }
        return type == "application/json"
            || type.lowercased().prefix { $0 != ";" && $0 != " " } == "application/json"
    }

    /// How long a body may take: who sends a byte now and then would hold a connection, and memory, for ever.
    private static let bodyTime = Duration.seconds(60)

    /// The whole body.
    ///
    /// - Throws: ``Problem`` 408 and 413.
    static func body(of request: Request, atMost limit: Int) async throws -> ByteBuffer {
        let tooLarge = Problem(413, "tooLarge", "the body has more than the \(limit) bytes that are allowed")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        var body = ByteBuffer()
        var end: ContinuousClock.Instant?
        for try await part in request.body {
            if body.readableBytes == 0 {
                // Nearly all come in one part.
                body = part
            } else {
                let now = ContinuousClock.now
                if end == nil { end = now + bodyTime }
                if let end, now > end { throw Problem(408, "bodyTimeout", "the body was not there within \(bodyTime.shortText)") }
                body.writeImmutableBuffer(part)
            }
            guard body.readableBytes <= limit else { throw tooLarge }
        }
        return body
    }
}
