import HTTPTypes
import MCPStore
import MCPStoreQueue

extension RESTAPI {
    private static let timeout = RESTOperation.Parameter(
        "timeout",
        .duration(most: .seconds(600)),
        "How long to wait. Default 30s."
    )
    private static let entry = "An entry of mcpServers, or {\"mcpServers\": {name: entry}}."

    /// The services of a space: what `mcpstore service` does.
    static let serviceOperations: [RESTOperation] = [
        RESTOperation(
            id: "listServices",
            method: .get,
            path: "services",
            role: .call,
            summary: "List the services. Without the role manage or operate their configuration and what they write is left out.",
            success: .init(status: 200, summary: "An array of services.")
        ) { call in
            let services = try await call.context.listServices()
            return RESTAnswer(.array(call.space.visible(services).map(call.space.json)))
        },
        RESTOperation(
            id: "addServices",
            method: .post,
            path: "services",
            role: .manage,
            summary: "Add services, all or none. A worker starts commands only as its --policy allows.",
            query: [.init("replace", .flag, "Whether services of the same name with another configuration are replaced.")],
            body: .init(
                summary: "{\"mcpServers\": {name: entry}}, or what other MCP programs write.",
                optional: [("mcpServers", "object")]
            ),
            success: .init(status: 200, summary: "The names of what was added, replaced, unchanged, and warnings.")
        ) { call in
            let result = try await call.context.addService(try call.value(), replacing: call.query.flag("replace"))
            return RESTAnswer(JSONOutput.added(result))
        },
        RESTOperation(
            id: "showService",
            method: .get,
            path: "services/{service}",
            role: .call,
            summary: "Show a service.",
            success: .init(status: 200, summary: "The service.")
        ) { call in
            try call.space.check(service: call.variable("service"))
            return RESTAnswer(call.space.json(try await call.context.serviceInfo(call.variable("service"))))
        },
        RESTOperation(
            id: "replaceService",
            method: .put,
            path: "services/{service}",
            role: .manage,
            summary: "Replace the whole configuration of a service.",
            body: .init(summary: entry),
            success: .init(status: 200, summary: "Whether it changed, and warnings.")
        ) { call in
            RESTAnswer(JSONOutput.changed(try await call.context.updateService(call.variable("service"), try call.value())))
        },
        RESTOperation(
            id: "patchService",
            method: .patch,
            path: "services/{service}",
            role: .manage,
            summary: "Change parts of the configuration of a service: a JSON merge patch (RFC 7396).",
            body: .init(summary: "The members that change; null removes one."),
            success: .init(status: 200, summary: "Whether it changed, and warnings.")
        ) { call in
            RESTAnswer(JSONOutput.changed(try await call.context.patchService(call.variable("service"), try call.value())))
        },
        RESTOperation(
            id: "removeService",
            method: .delete,
            path: "services/{service}",
            role: .manage,
            summary: "Remove a service. What is queued of it ends as unavailable.",
            success: .init(status: 200, summary: "{\"removed\": name}")
        ) { call in
            try await call.context.removeService(call.variable("service"))
            return RESTAnswer(["removed": .string(call.variable("service"))])
        },
        RESTOperation(
            id: "waitForService",
            method: .get,
            path: "services/{service}/wait",
            role: .call,
            summary: "Wait until a service answers calls.",
            query: [timeout],
            success: .init(status: 200, summary: "The service, ready. 503 notReady says why it is not.")
        ) { call in
            try call.space.check(service: call.variable("service"))
            let limit = call.query.duration("timeout") ?? .seconds(30)
            let service = try await call.waiting.run { () async throws -> ServiceInfo in
                do throws(MCPStoreError) {
                    return try await call.context.waitService(call.variable("service"), timeout: limit)
                } catch {
                    guard error.code == .notReady, !call.space.seesInside else { throw error }
                    // The whole reason quotes what the server writes.
                    throw Problem(503, "notReady", "the service is not ready after \(limit.shortText)")
                }
            }
            return RESTAnswer(call.space.json(service))
        },
        RESTOperation(
            id: "restartService",
            method: .post,
            path: "services/{service}/restart",
            role: .manage,
            summary: "Start a service anew on every worker that hosts it.",
            success: .init(status: 200, summary: "How many workers were told.")
        ) { call in
            let count = try await call.context.restartService(call.variable("service"))
            return RESTAnswer(["service": .string(call.variable("service")), "workers": .integer(count)])
        },
        RESTOperation(
            id: "pauseService",
            method: .post,
            path: "services/{service}/pause",
            role: .manage,
            summary: "Start no more calls of a service: they are accepted and wait.",
            success: .init(status: 200, summary: "Whether it was not paused before.")
        ) { call in
            let isChanged = try await call.context.pauseService(call.variable("service"))
            return RESTAnswer(["service": .string(call.variable("service")), "changed": .bool(isChanged)])
        },
        RESTOperation(
            id: "resumeService",
            method: .post,
            path: "services/{service}/resume",
            role: .manage,
            summary: "Have a service run again that was paused or drained.",
            success: .init(status: 200, summary: "Whether it did not run before.")
        ) { call in
            let isChanged = try await call.context.resumeService(call.variable("service"))
            return RESTAnswer(["service": .string(call.variable("service")), "changed": .bool(isChanged)])
        },
        RESTOperation(
            id: "drainService",
            method: .post,
            path: "services/{service}/drain",
            role: .manage,
            summary: "Take no new calls of a service, and wait until all that were accepted have ended.",
            query: [timeout],
            success: .init(status: 200, summary: "Nothing of it is queued or runs. 504 timedOut says what still does.")
        ) { call in
            let limit = call.query.duration("timeout") ?? .seconds(30)
            try await call.waiting.run { try await call.context.drainService(call.variable("service"), timeout: limit) }
            return RESTAnswer(["service": .string(call.variable("service"))])
        },
    ]
}
