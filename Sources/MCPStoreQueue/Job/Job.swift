import NIOCore

/// One MCP request on its way through the cluster.
///
/// It carries service, method and parameters, never a command, an environment or a URL (invariant I10).
///
/// One reference, copied when it is changed: a job is handed on many times, and has a dozen strings.
package struct Job: Sendable {
    private struct Fields {
        var id: String
        var service: ServiceID
        var lane: Lane
        var method: String
        var name: String
        var parameters: ByteBuffer
        var inbox: String
        var timeout: Int
        var submitted: Int
        var since: Int?
        var attempt: Int
        var deaths: Int
        var mayRunAgain: Bool
        var wantsProgress: Bool
        var trace: String
        var record: String
        var toolKey: String
        var idempotency: String
        var keyUse: KeyUse
        var retention: Int
        var deadLetter: String
        var waitLimit: Int
        var runLimit: Int
        var queueLimit: Int
        var isTask = false
        var logLevel = ""
    }

    /// Unchecked: it is changed only while nobody else has it (``change(_:)``).
    private final class Storage: @unchecked Sendable {
        var fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    private var storage: Storage

    private mutating func change(_ body: (inout Fields) -> Void) {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.fields) }
        body(&storage.fields)
    }

    /// Unique; made by the caller.
    package var id: String {
        get { storage.fields.id }
        set { change { $0.id = newValue } }
    }

    package var service: ServiceID {
        get { storage.fields.service }
        set { change { $0.service = newValue } }
    }

    package var lane: Lane {
        get { storage.fields.lane }
        set { change { $0.lane = newValue } }
    }
    /// The MCP method: `tools/call`, `resources/read`, `prompts/get`, `completion/complete`.
    package var method: String {
        get { storage.fields.method }
        set { change { $0.method = newValue } }
    }
    /// The tool's or prompt's own name, or the resource's URI: what `Mcp-Name` carries.
    package var name: String {
        get { storage.fields.name }
        set { change { $0.name = newValue } }
    }
    /// The raw JSON object `params`: opaque bytes from the caller to the MCP server (invariant I14).
    package var parameters: ByteBuffer {
        get { storage.fields.parameters }
        set { change { $0.parameters = newValue } }
    }
    /// The caller whose inbox takes the outcome; empty for none.
    package var inbox: String {
        get { storage.fields.inbox }
        set { change { $0.inbox = newValue } }
    }
    /// How long it may take in milliseconds, counted by Redis' clock from its first entry.
    package var timeout: Int {
        get { storage.fields.timeout }
        set { change { $0.timeout = newValue } }
    }
    /// How long it may wait for its first start, in milliseconds, counted like ``timeout``; 0: as long as that.
    package var waitLimit: Int {
        get { storage.fields.waitLimit }
        set { change { $0.waitLimit = newValue } }
    }
    /// How long one start of it may run, in milliseconds; 0: until its ``timeout``.
    package var runLimit: Int {
        get { storage.fields.runLimit }
        set { change { $0.runLimit = newValue } }
    }
    /// When the caller submitted it, in microseconds by Redis' clock: for the legs that are shown.
    package var submitted: Int {
        get { storage.fields.submitted }
        set { change { $0.submitted = newValue } }
    }
    /// When its first entry was made, in milliseconds by Redis' clock; `nil` while it has only that one.
    package var since: Int? {
        get { storage.fields.since }
        set { change { $0.since = newValue } }
    }
    /// 1 for the first start.
    package var attempt: Int {
        get { storage.fields.attempt }
        set { change { $0.attempt = newValue } }
    }
    /// How many workers died while they ran it.
    package var deaths: Int {
        get { storage.fields.deaths }
        set { change { $0.deaths = newValue } }
    }
    /// Whether it may be run again after it may have been started: the tool says `readOnlyHint` or `idempotentHint`, the
    /// operator says so, or the caller gave an idempotency key.
    package var mayRunAgain: Bool {
        get { storage.fields.mayRunAgain }
        set { change { $0.mayRunAgain = newValue } }
    }
    /// Whether the caller wants to hear of progress.
    package var wantsProgress: Bool {
        get { storage.fields.wantsProgress }
        set { change { $0.wantsProgress = newValue } }
    }
    /// The least severe log message of the server that the caller wants to hear of, such as `info`; empty for none. They come with
    /// the progress.
    package var logLevel: String {
        get { storage.fields.logLevel }
        set { change { $0.logLevel = newValue } }
    }
    /// ``JobTrace/field``: W3C `traceparent`, and after a space `tracestate`; empty for none.
    package var trace: String {
        get { storage.fields.trace }
        set { change { $0.trace = newValue } }
    }
    /// Id of the durable record; empty for none.
    package var record: String {
        get { storage.fields.record }
        set { change { $0.record = newValue } }
    }
    /// The key under which the tool is counted, where it differs from its name.
    package var toolKey: String {
        get { storage.fields.toolKey }
        set { change { $0.toolKey = newValue } }
    }
    /// The caller's idempotency key; empty for none. See ``JobQueue/submit(_:onProgress:)`` for the rule. It stays with the
    /// caller: what Redis and workers see is the record's id.
    package var idempotency: String {
        get { storage.fields.idempotency }
        set { change { $0.idempotency = newValue } }
    }
    /// What the idempotency key is used for. It stays with the caller.
    package var keyUse: KeyUse {
        get { storage.fields.keyUse }
        set { change { $0.keyUse = newValue } }
    }
    /// How long the durable record is kept after the end, in milliseconds.
    package var retention: Int {
        get { storage.fields.retention }
        set { change { $0.retention = newValue } }
    }

    /// Entries of its lane above which it is refused, where that is less than the process allows; 0: as that allows. It stays
    /// with the caller.
    package var queueLimit: Int {
        get { storage.fields.queueLimit }
        set { change { $0.queueLimit = newValue } }
    }
    /// Whether it has a durable record of its own (``record``), from which anybody who knows it reads the outcome, without consent
    /// to run it twice. It stays with the caller.
    package var isTask: Bool {
        get { storage.fields.isTask }
        set { change { $0.isTask = newValue } }
    }
    /// The dead letter of which it is the replay; empty for none. It stays with the caller: entries name the job that died.
    package var deadLetter: String {
        get { storage.fields.deadLetter }
        set { change { $0.deadLetter = newValue } }
    }

    package init(
        id: String,
        service: ServiceID,
        lane: Lane = .interactive,
        method: String = Job.usualMethod,
        name: String,
        parameters: ByteBuffer,
        inbox: String = "",
        timeout: Int = Job.usualTimeout,
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
        retention: Int = Job.defaultRetention,
        waitLimit: Int = 0,
        runLimit: Int = 0
    ) {
        storage = Storage(
            Fields(
                id: id,
                service: service,
                lane: lane,
                method: method,
                name: name,
                parameters: parameters,
                inbox: inbox,
                timeout: timeout,
                submitted: submitted,
                since: since,
                attempt: attempt,
                deaths: deaths,
                mayRunAgain: mayRunAgain,
                wantsProgress: wantsProgress,
                trace: trace,
                record: record,
                toolKey: toolKey,
                idempotency: idempotency,
                keyUse: .again,
                retention: retention,
                deadLetter: "",
                waitLimit: waitLimit,
                runLimit: runLimit,
                queueLimit: 0
            )
        )
    }

    /// The method of nearly all jobs.
    package static let usualMethod = "tools/call"

    /// The timeout of nearly all jobs, in milliseconds.
    package static let usualTimeout = 60_000

    /// Whether its id is one that ``JobQueue/makeJobID()`` of its caller has made: it then says which inbox takes the outcome.
    var idNamesInbox: Bool {
        !inbox.isEmpty && id.utf8.count > inbox.utf8.count && id.hasPrefix(inbox)
            && Self.inbox(ofID: id).utf8.count == inbox.utf8.count
    }

    /// What stands before the last hyphen.
    static func inbox(ofID id: String) -> String {
        id.utf8.lastIndex(of: UInt8(ascii: "-")).map { String(id[..<$0]) } ?? ""
    }

    /// 24 hours, in milliseconds.
    package static let defaultRetention = 86_400_000

    package var laneID: LaneID { LaneID(service: service, lane: lane) }

    /// The hash that counts it: its tool's, or its service's for methods other than `tools/call`.
    package var statsKey: String {
        let keys = SpaceKeys(service.space)
        guard method == Self.usualMethod else { return keys.serviceStats(service.name) }
        return keys.stats(toolKey: toolKey.isEmpty ? name : toolKey)
    }
}
