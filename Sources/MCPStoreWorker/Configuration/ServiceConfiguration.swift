import MCPStoreQueue

/// A service as its configuration is stored: one entry of an `mcpServers` file, with our own fields beside the usual ones.
///
/// References such as `${TOKEN}` are stored as they are and resolved on the worker, so that no secret lies in Redis
/// (invariant I11). Unknown members stay in the stored JSON and are ignored here.
package struct ServiceConfiguration: Codable, Sendable, Equatable {
    /// `stdio`, `http` (streamable HTTP), `sse`; `nil`: `stdio` with a command, and with a URL streamable HTTP that falls
    /// back to SSE.
    package var type: String?
    package var command: String?
    package var args: [String]?
    package var env: [String: String]?
    package var cwd: String?
    package var url: String?
    package var headers: [String: String]?
    package var description: String?

    /// Whether it is to be hosted by nobody for now. ``PlacementSettings`` of the coordinator reads it too.
    package var disabled: Bool?
    /// The only tools that are published and called; `nil`: all.
    package var includeTools: [String]?
    /// Tools that are neither published nor called, also where ``includeTools`` names them.
    package var excludeTools: [String]?

    /// `cluster` (the default of the command line) or `embedded`.
    package var placement: String?
    /// Workers that host it at the same time; default 1.
    package var replicas: Int?
    /// Calls that one worker has in flight to it; default 32.
    package var concurrency: Int?
    /// Labels that a worker must have.
    package var labels: [String: String]?
    /// How long it may take to start, in milliseconds; default 60,000.
    package var startTimeoutMs: Int?
    /// Deadline of calls that bring none of their own, in milliseconds; default 60,000.
    package var callTimeoutMs: Int?
    /// How long calls may wait for their start, in milliseconds; `nil`: as long as they may take.
    package var waitTimeoutMs: Int?
    /// How long one start of a call may run, in milliseconds; `nil`: as long as it may take.
    package var runTimeoutMs: Int?
    /// Jobs of one lane above which calls are refused as `busy`.
    package var maxQueued: Int?
    /// What its calls may use over the whole cluster.
    package var limits: CallLimit?
    /// When it is not called for a while because calls fail on their way; `nil`: never.
    package var circuit: CircuitSettings?
    /// What is different for single tools, by their own names.
    package var toolSettings: [String: ToolSettings]?
    /// Whether calls may be run again after they may have been started: `annotations` (the default: as the tools declare),
    /// `always` or `never`. The operator's word wins over what tools declare.
    package var retry: String?
    /// Tools that may be run again whatever they declare.
    package var idempotentTools: [String]?

    /// Of which calls answers are used again.
    package var reuse: ReuseSettings?

    /// `shared` (the default) and `perAgent`: one warm session on each worker; `perCall`: a session of its own for each call.
    package var isolation: String?
    /// An operator's word that workers may start it, for those that ask for one.
    package var signature: ServiceSignature?

    /// Whether each call gets a session, and thereby a process, of its own.
    package var isPerCall: Bool { isolation == "perCall" }

    package init() {}

    /// What its numbers may be. Whoever writes to Redis without us is held to it where they are used.
    package static let allowedReplicas = 1...1000
    package static let allowedConcurrency = 1...10_000
    package static let allowedStartTimeouts = 1...3_600_000
    package static let allowedCallTimeouts = 1...604_800_000

    package static let defaultConcurrency = 32
    package static let defaultCallTimeout = 60_000
    package static let defaultStartTimeout = 60_000

    /// What its calls, and those of single tools, may use over the whole cluster.
    package var clusterLimits: ServiceLimits {
        ServiceLimits(
            service: limits,
            tools: toolSettings?.compactMapValues(\.limits) ?? [:],
            costs: toolSettings?.compactMapValues(\.cost) ?? [:]
        )
    }

    /// Whether a tool is there for callers.
    package func offers(_ tool: String) -> Bool {
        includeTools?.contains(tool) != false && excludeTools?.contains(tool) != true
    }

    /// Whether a call of `tool` may be run again after it may have been started.
    package func mayRunAgain(_ tool: String, readOnly: Bool, idempotent: Bool) -> Bool {
        policy(of: tool, readOnly: readOnly, idempotent: idempotent).mayRunAgain.value
    }
}
