import NIOCore

/// One MCP request on its way through the cluster.
///
/// It carries service, method and parameters, never a command, an environment or a URL (invariant I10).
package struct Job: Sendable {
    /// Unique; made by the caller.
    package var id: String
    package var service: ServiceID
    package var lane: Lane
    /// The MCP method: `tools/call`, `resources/read`, `prompts/get`, `completion/complete`.
    package var method: String
    /// The tool's or prompt's own name, or the resource's URI: what `Mcp-Name` carries.
    package var name: String
    /// The raw JSON object `params`: opaque bytes from the caller to the MCP server (invariant I14).
    package var parameters: ByteBuffer
    /// The caller whose inbox takes the outcome; empty for none.
    package var inbox: String
    /// How long it may take in milliseconds, counted by Redis' clock from its first entry.
    package var timeout: Int
    /// When the caller submitted it, in microseconds by Redis' clock: for the legs that are shown.
    package var submitted: Int
    /// When its first entry was made, in milliseconds by Redis' clock; `nil` while it has only that one.
    package var since: Int?
    /// 1 for the first start.
    package var attempt: Int
    /// How many workers died while they ran it.
    package var deaths: Int
    /// Whether it may be run again after it may have been started: the tool says `readOnlyHint` or `idempotentHint`, the
    /// operator says so, or the caller gave an idempotency key.
    package var mayRunAgain: Bool
    /// Whether the caller wants to hear of progress.
    package var wantsProgress: Bool
    /// W3C `traceparent`; empty for none.
    package var trace: String
    /// Id of the durable record; empty for none.
    package var record: String
    /// The key under which the tool is counted, where it differs from its name.
    package var toolKey: String
    /// The caller's idempotency key; empty for none. See ``JobQueue/submit(_:onProgress:)`` for the rule. It stays with the
    /// caller: what Redis and workers see is the record's id.
    package var idempotency: String
    /// How long the durable record is kept after the end, in milliseconds.
    package var retention: Int

    package init(
        id: String,
        service: ServiceID,
        lane: Lane = .interactive,
        method: String = "tools/call",
        name: String,
        parameters: ByteBuffer,
        inbox: String = "",
        timeout: Int = 60_000,
        submitted: Int = 0,
        since: Int? = nil,
        attempt: Int = 1,
        deaths: Int = 0,
        mayRunAgain: Bool = false,
        wantsProgress: Bool = false,
        trace: String = "",
        record: String = "",
        toolKey: String = "",
        idempotency: String = "",
        retention: Int = Job.defaultRetention
    ) {
        self.id = id
        self.service = service
        self.lane = lane
        self.method = method
        self.name = name
        self.parameters = parameters
        self.inbox = inbox
        self.timeout = timeout
        self.submitted = submitted
        self.since = since
        self.attempt = attempt
        self.deaths = deaths
        self.mayRunAgain = mayRunAgain
        self.wantsProgress = wantsProgress
        self.trace = trace
        self.record = record
        self.toolKey = toolKey
        self.idempotency = idempotency
        self.retention = retention
    }

    /// 24 hours, in milliseconds.
    package static let defaultRetention = 86_400_000

    package var laneID: LaneID { LaneID(service: service, lane: lane) }

    /// The hash that counts it: its tool's, or its service's for methods other than `tools/call`.
    package var statsKey: String {
        let keys = SpaceKeys(service.space)
        guard method == "tools/call" else { return keys.serviceStats(service.name) }
        return keys.stats(toolKey: toolKey.isEmpty ? name : toolKey)
    }
}
