import HTTPTypes
import MCPStore
import MCPStoreQueue

extension RESTAPI {
    /// What operators look at.
    static let clusterOperations: [RESTOperation] = [
        RESTOperation(
            id: "showStatus",
            method: .get,
            path: "status",
            role: .operate,
            summary: "Show coordinator, workers, services, queued and running calls.",
            success: .init(status: 200, summary: "What goes on.")
        ) { call in
            let status = try await call.context.status(includingAgents: true)
            var members = JSONOutput.status(status).objectValue ?? [:]
            members["workers"] = .array(status.workers.filter(call.space.sees).map(call.space.json))
            return RESTAnswer(.object(members))
        },
        RESTOperation(
            id: "showStats",
            method: .get,
            path: "stats",
            role: .operate,
            summary: "Show how the tools were called, over all processes and restarts: those that were called at least once.",
            success: .init(status: 200, summary: "An array: calls by outcome, waiting and running times of each tool.")
        ) { call in
            RESTAnswer(.array(call.space.visible(try await call.context.toolStats()).map(JSONOutput.stats)))
        },
        RESTOperation(
            id: "showSummary",
            method: .get,
            path: "summary",
            role: .operate,
            summary:
                "Show the space at a glance: services by status, calls by outcome, times, queue; what mcpstore stats --json prints, without what costs more than a look a second should.",
            query: [
                .init(
                    "full",
                    .flag,
                    "Also what is delayed, what was given up, the sessions and the memory in Redis. Default false."
                )
            ],
            success: .init(status: 200, summary: "One object; times are in microseconds.")
        ) { call in
            let sample = try await call.context.sample()
            var members = SampleOutput.json(sample, space: call.context.store.space).objectValue ?? [:]
            guard call.query.flag("full"), let full = try await call.context.spaceStats() else {
                return RESTAnswer(.object(members))
            }
            members.merge(full.json.objectValue ?? [:]) { _, new in new }
            let views = sample.services.values.flatMap(\.workers.values)
            members["sessions"] = .integer(views.count)
            return RESTAnswer(.object(members))
        },
        RESTOperation(
            id: "showHistory",
            method: .get,
            path: "history",
            role: .operate,
            summary: "Show what the space did in the last hour: a point a minute, as the leading coordinator kept it.",
            success: .init(
                status: 200,
                summary:
                    "An array, the oldest first: `at`, `age_ms` (by the same clock), `calls`, `failed` and `reused` (totals that only grow while the tools stay the same), `queued`, `running`. Empty for principals that see a part of the tools only."
            )
        ) { call in
            RESTAnswer(.array(try await call.space.history()))
        },
        RESTOperation(
            id: "showDemand",
            method: .get,
            path: "demand",
            role: .operate,
            summary: "Show how much there is to do, for autoscalers (KEDA's metrics-api with valueLocation: demand).",
            success: .init(status: 200, summary: "{\"demand\": queued + running, \"queued\": …, \"running\": …}")
        ) { call in
            let lanes = try await call.context.status(includingAgents: true).lanes
            let queued = lanes.map(\.queued).reduce(0, +)
            let running = lanes.map(\.running).reduce(0, +)
            return RESTAnswer([
                "demand": .integer(queued + running), "queued": .integer(queued), "running": .integer(running),
            ])
        },
        RESTOperation(
            id: "listWorkers",
            method: .get,
            path: "workers",
            role: .operate,
            summary: "List the workers that serve the space.",
            success: .init(status: 200, summary: "An array of workers.")
        ) { call in
            let workers = try await call.context.status().workers
            return RESTAnswer(.array(workers.filter(call.space.sees).map(call.space.json)))
        },
        RESTOperation(
            id: "drainWorker",
            method: .post,
            path: "workers/{worker}/drain",
            role: .operate,
            summary:
                "Empty a worker: no new calls, its services move, what runs finishes. Only for principals that reach all spaces.",
            query: [.init("timeout", .duration(most: .seconds(600)), "How long to wait until it is empty. Default 30s.")],
            success: .init(status: 200, summary: "It is empty. 504 timedOut says what it still has; it goes on.")
        ) { call in
            try call.space.checkReachesAll()
            let limit = call.query.duration("timeout") ?? .seconds(30)
            try await call.waiting.run { try await call.context.drainWorker(call.variable("worker"), timeout: limit) }
            return RESTAnswer(["worker": .string(call.variable("worker")), "stopped": false])
        },
        RESTOperation(
            id: "resumeWorker",
            method: .post,
            path: "workers/{worker}/resume",
            role: .operate,
            summary: "Have a worker take calls again that was drained. Only for principals that reach all spaces.",
            success: .init(status: 200, summary: "{\"worker\": id}")
        ) { call in
            try call.space.checkReachesAll()
            try await call.context.resumeWorker(call.variable("worker"))
            return RESTAnswer(["worker": .string(call.variable("worker"))])
        },
    ]
}
