import HTTPTypes
import MCPStore
import MCPStoreQueue
import NIOCore

extension RESTAPI {
    private static let service = RESTOperation.Parameter(
        "service",
        .text,
        "The service that is meant; needed only where all names of a tool are ambiguous."
    )

    /// The tools of a space, and calls that somebody waits for.
    static let toolOperations: [RESTOperation] = [
        RESTOperation(
            id: "listTools",
            method: .get,
            path: "tools",
            role: .call,
            summary: "List the tools that the principal may call.",
            query: [
                .init("service", .text, "Only those of a service."),
                .init(
                    "held",
                    .choice(["true", "false"]),
                    "true: also tools that are held back until they are approved. Default false."
                ),
            ],
            success: .init(status: 200, summary: "An array of tools; listedName is the name that MCP clients see.")
        ) { call in
            let service = call.query.text("service")
            if let service { try call.space.check(service: service) }
            let names = call.space.listedNames()
            let tools = try await call.context.listTools(service: service, includingHeld: call.query.text("held") == "true")
            return RESTAnswer(.array(tools.compactMap { json($0, names, call.space) }))
        },
        RESTOperation(
            id: "showTool",
            method: .get,
            path: "tools/{tool}",
            role: .call,
            summary: "Show a tool, with what is in force for calls of it.",
            query: [service],
            success: .init(status: 200, summary: "The tool.")
        ) { call in
            let (name, service) = try call.space.visible(tool: call.variable("tool"), service: call.query.text("service"))
            let tool = try await call.context.toolInfo(name, service: service)
            var members =
                json(tool, call.space.listedNames(), call.space)?.objectValue ?? JSONOutput.tool(tool).objectValue ?? [:]
            members["policy"] = JSONOutput.policy(try await call.context.toolPolicy(name, service: service))
            if tool.pin != nil {
                members["approval"] = JSONOutput.approval(try await call.context.toolApproval(name, service: service))
            }
            return RESTAnswer(.object(members))
        },
        RESTOperation(
            id: "callTool",
            method: .post,
            path: "tools/{tool}/call",
            role: .call,
            summary: "Call a tool and wait for its answer. A client that goes away takes the call back, unless it has a key.",
            query: [
                service,
                .init(
                    "timeout",
                    .duration(most: StoreContext.longestTimeout),
                    "How long it may take in all. Default: as its service says, else 60s."
                ),
                .init("lane", .choice(["interactive", "batch"]), "The lane. Default interactive."),
            ],
            takesIdempotencyKey: true,
            body: .init(summary: "The arguments, which reach the server as they are.", isOptional: true),
            success: .init(
                status: 200,
                summary:
                    "The result as the server sent it, also where the tool reports a failure (isError). Headers say how it went: Mcpstore-Outcome, -Service, -Job, -Worker, -Attempt, -Queued-Us, -Run-Us."
            )
        ) { call in
            let (name, service) = try call.space.visible(tool: call.variable("tool"), service: call.query.text("service"))
            let context = call.context
            let body = call.body
            // Keys of different principals are different keys.
            let key = call.idempotencyKey.map { call.space.principal.id.isEmpty ? $0 : "\(call.space.principal.id) \($0)" }
            let timeout = call.query.duration("timeout")
            let lane = call.query.text("lane").flatMap { CallLane($0) } ?? .interactive
            let run: @Sendable () async throws -> CallResult = {
                try await context.call(
                    name,
                    body,
                    timeout: timeout,
                    lane: lane,
                    service: service,
                    idempotencyKey: key,
                    // Clients send a request again by themselves, with its key, so that nothing happens twice.
                    keyUse: .unlessStarted
                )
            }
            // With a key the answer is kept for whoever asks again.
            let result = try await key == nil ? call.waiting.run(endsWithGateway: false, run) : run()
            var answer = RESTAnswer(raw: result.rawJSON)
            answer.headers = headers(result.report)
            return answer
        },
        RESTOperation(
            id: "approveTool",
            method: .post,
            path: "tools/{tool}/approve",
            role: .manage,
            summary: "Approve a tool as it is now, so that it is called again. 409 conflict where it is not what was looked at.",
            query: [service],
            body: .init(
                summary: "{\"hash\": …}, the member 'hash' of 'approval' of the tool that was looked at.",
                required: [("hash", "string")]
            ),
            success: .init(status: 200, summary: "Whether it was not approved before as it is now.")
        ) { call in
            guard let hash = try call.value()["hash"]?.stringValue, !hash.isEmpty else {
                throw Problem(400, "invalidBody", "'hash' must be that of the tool that was looked at")
            }
            let (name, service) = try call.space.visible(tool: call.variable("tool"), service: call.query.text("service"))
            let tool = try await call.context.toolInfo(name, service: service)
            let isChanged = try await call.context.approveTool(tool.name, of: tool.service, hash: hash)
            return RESTAnswer(["service": .string(tool.service), "tool": .string(tool.name), "changed": .bool(isChanged)])
        },
        RESTOperation(
            id: "showToolStats",
            method: .get,
            path: "tools/{tool}/stats",
            role: .operate,
            summary: "Show how a tool was called, over all processes and restarts.",
            query: [service],
            success: .init(status: 200, summary: "Calls by outcome, waiting and running times.")
        ) { call in
            let (name, service) = try call.space.visible(tool: call.variable("tool"), service: call.query.text("service"))
            return RESTAnswer(JSONOutput.stats(try await call.context.toolStats(name, service: service)))
        },
    ]

    /// A tool as it is listed; `nil` where the principal does not see it.
    private static func json(_ tool: ToolInfo, _ names: [ToolKey: String], _ space: RESTSpace) -> JSONValue? {
        let name = names[ToolKey(service: tool.service, tool: tool.name)]
        guard name != nil || space.principal.tools == nil else { return nil }
        var members = JSONOutput.tool(tool).objectValue ?? [:]
        // A service that is disabled lists nothing.
        members["listedName"] = name.map { .string($0) } ?? .null
        return .object(members)
    }

    /// How a call went.
    private static func headers(_ report: CallReport) -> HTTPFields {
        var headers: HTTPFields = [
            .callOutcome: report.outcome, .callService: report.service, .callJob: report.job,
            .callAttempt: String(report.attempt),
        ]
        if let worker = report.worker { headers[.callWorker] = worker }
        if let queued = report.queued { headers[.callQueued] = String(queued.microseconds) }
        if let run = report.run { headers[.callRun] = String(run.microseconds) }
        return headers
    }
}
