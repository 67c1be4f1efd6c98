import Foundation
import MCPStoreQueue
import MCPStoreWorker
import NIOCore

extension StoreContext {
    /// Calls a tool and waits for its answer.
    ///
    /// Cancelling the task takes the call back. A call is run once: where what ran it dies, it is run again only if the tool
    /// or the service's configuration says that this is harmless; otherwise it ends as `interrupted`.
    /// - Parameters:
    ///   - name: The tool's own name, `service_tool` or `mcp_service_tool`.
    ///   - arguments: An object.
    ///   - timeout: How long it may take in all; by default what the service's configuration says, else 60 s.
    ///   - lane: `batch` for calls that may wait for others.
    ///   - service: The service that is meant; needed only where all names of a tool are ambiguous.
    ///   - onProgress: Gets the server's progress notifications, in order.
    ///   - idempotencyKey: Calls of one tool with the same key and arguments share one run: while it runs they wait for its
    ///     answer, and for 24 hours after it they get that answer at once. It is your consent to run the call again where what
    ///     ran it died or ended without an answer, so that a call that failed may be repeated with the same key. 1 to 512
    ///     bytes. The same key with other arguments is `rejected`.
    ///   - waiting: How long it may wait for its start: one that cannot be started in time is not run.
    ///   - running: How long one start of it may run.
    /// - Returns: The answer; also where the tool reports a failure of its own (``CallResult/isError``).
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `invalidArguments`; `busy`, `rejected` (also where the
    ///   service is disabled), `notAccepted` (nothing ran); `protocolError`, `timedOut`, `cancelled`, `interrupted`, `unavailable`; `unknown` where Redis was lost
    ///   and the call may have run.
    public func callTool(
        _ name: String,
        _ arguments: JSONValue = [:],
        timeout: Duration? = nil,
        lane: CallLane = .interactive,
        service: String? = nil,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil
    ) async throws(MCPStoreError) -> CallResult {
        try await call(
            name,
            arguments.buffer,
            timeout: timeout,
            lane: lane,
            service: service,
            onProgress: onProgress,
            idempotencyKey: idempotencyKey,
            waiting: waiting,
            running: running
        )
    }

    /// Calls a tool and waits for its answer: the name that MCPStore gives to ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    ///
    /// - Throws: as ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    public func useTool(
        _ name: String,
        _ arguments: JSONValue = [:],
        timeout: Duration? = nil,
        lane: CallLane = .interactive,
        service: String? = nil,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil
    ) async throws(MCPStoreError) -> CallResult {
        try await callTool(
            name,
            arguments,
            timeout: timeout,
            lane: lane,
            service: service,
            onProgress: onProgress,
            idempotencyKey: idempotencyKey,
            waiting: waiting,
            running: running
        )
    }

    /// The same with arguments that are JSON text already: they reach the server as they are.
    ///
    /// - Throws: as ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    public func callTool(
        _ name: String,
        json arguments: Data,
        timeout: Duration? = nil,
        lane: CallLane = .interactive,
        service: String? = nil,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil
    ) async throws(MCPStoreError) -> CallResult {
        let bytes = ByteBuffer(bytes: arguments)
        return try await call(
            name,
            bytes,
            timeout: timeout,
            lane: lane,
            service: service,
            onProgress: onProgress,
            idempotencyKey: idempotencyKey,
            waiting: waiting,
            running: running
        )
    }

    /// The hot path: one lock and one lookup to resolve the name, one command to submit.
    package func call(
        _ name: String,
        _ arguments: ByteBuffer,
        timeout: Duration? = nil,
        lane: CallLane = .interactive,
        service: String? = nil,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil,
        keyUse: KeyUse = .again
    ) async throws(MCPStoreError) -> CallResult {
        let target = try await resolve(name, service: service)
        let parameters = try CallParameters.make(tool: target.tool, arguments: arguments)
        let (outcome, report) = try await submit(
            target,
            parameters: parameters,
            timeout: timeout,
            lane: lane,
            onProgress: onProgress,
            idempotencyKey: idempotencyKey,
            waiting: waiting,
            running: running,
            keyUse: keyUse
        )
        return CallResult(outcome.payload, isError: outcome.kind == .toolError, report: report)
    }

    /// Submits a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - method: The MCP method.
    ///   - parameters: The raw JSON object `params`.
    ///   - keyUse: What the idempotency key is used for.
    ///   - retention: How long the record of the key is kept after the end, in milliseconds.
    /// - Returns: An outcome that is `ok` or `toolError`.
    /// - Throws: as ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    func submit(
        _ target: CallTarget,
        method: String = "tools/call",
        parameters: ByteBuffer,
        timeout: Duration?,
        lane: CallLane = .interactive,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil,
        keyUse: KeyUse = .again,
        retention: Int = Job.defaultRetention
    ) async throws(MCPStoreError) -> (Outcome, CallReport) {
        let (outcome, summary) = try await outcome(
            target,
            method: method,
            parameters: parameters,
            timeout: timeout,
            lane: lane,
            onProgress: onProgress,
            idempotencyKey: idempotencyKey,
            waiting: waiting,
            running: running,
            keyUse: keyUse,
            retention: retention
        )
        guard outcome.kind == .ok || outcome.kind == .toolError else {
            throw MCPStoreError(outcome, method: method, report: summary).naming(target)
        }
        return (outcome, summary)
    }

    /// Submits a request and waits for its outcome, whatever that is.
    ///
    /// - Parameters:
    ///   - task: The durable record under which anybody finds the outcome; `nil` for a call of this process only.
    ///   - listener: Instead of `onProgress`.
    /// - Throws: ``MCPStoreError`` where there is none: the request was refused, or Redis was lost.
    func outcome(
        _ target: CallTarget,
        method: String,
        parameters: ByteBuffer,
        timeout: Duration?,
        lane: CallLane = .interactive,
        onProgress: (@Sendable (CallProgress) -> Void)? = nil,
        idempotencyKey: String? = nil,
        waiting: Duration? = nil,
        running: Duration? = nil,
        keyUse: KeyUse = .again,
        retention: Int = Job.defaultRetention,
        task: String? = nil,
        listener: CallListener? = nil
    ) async throws(MCPStoreError) -> (Outcome, CallReport) {
        if target.takesNoCalls, keyUse != .join { try await refuse(target) }
        let queue = backend.queue
        var job = Job(
            id: queue.makeJobID(),
            service: target.service,
            lane: lane.lane,
            method: method,
            name: target.tool,
            parameters: parameters,
            inbox: queue.caller,
            timeout: try timeout.map(Self.milliseconds) ?? target.timeout,
            submitted: queue.now,
            mayRunAgain: target.mayRunAgain,
            wantsProgress: onProgress != nil || listener?.wantsProgress == true,
            toolKey: target.toolKey == target.tool ? "" : target.toolKey,
            idempotency: try Self.checked(idempotencyKey),
            retention: retention,
            waitLimit: try waiting.map(Self.milliseconds) ?? target.waitLimit,
            runLimit: try running.map(Self.milliseconds) ?? target.runLimit
        )
        // What may run again anyway needs no consent.
        job.keyUse = keyUse == .unlessStarted && target.mayRunAgain ? .again : keyUse
        if target.queueLimit > 0 { job.queueLimit = target.queueLimit }
        if let trace = JobTrace.current { job.trace = trace.field }
        if let task {
            job.record = task
            job.isTask = true
        }
        if let level = listener?.logLevel { job.logLevel = level }
        let log = CallLog(job, store.logger)
        let outcome: Outcome
        var report = listener?.take
        if let onProgress { report = { onProgress(CallProgress($0)) } }
        do throws(MCPStoreError) {
            outcome = try await storeErrors { () throws(QueueError) in try await queue.submit(job, onProgress: report) }
        } catch {
            log?.failed(error)
            // A service that is no longer there: what this process knows of the space is old.
            if error.code == .rejected { follower.readAnew() }
            throw error.naming(target)
        }
        log?.ended(outcome)
        return (outcome, CallReport(outcome, of: job, service: target.serviceName, now: queue.now))
    }

    /// Nobody runs a disabled service: a call of it would wait for its deadline in vain. One that is drained takes no new calls,
    /// and a tool that is not as it was approved none at all.
    ///
    /// - Throws: ``MCPStoreError`` (`rejected`), unless that was changed a moment ago.
    func refuse(_ target: CallTarget) async throws(MCPStoreError) {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        let service = follower.withSnapshot { $0.services[target.service.name] }
        if service?.document.hold == .draining { throw MCPStoreError(.draining(target.serviceName, in: backend.space)) }
        if let tool = service?.tools.first(where: { $0.name == target.tool }), tool.isHeld {
            let status: PinStatus = tool.pin == .new ? .new : .changed
            throw MCPStoreError(.rejected, status.message(tool: target.tool, of: target.service))
        }
        guard service?.refusesCalls == true else { return }
        throw MCPStoreError(
            .rejected,
            "the service '\(target.serviceName)' is disabled, nothing was called: update it without 'disabled' (on the command line add it again with --replace)"
        )
    }

    /// The longest time that a call may take.
    package static let longestTimeout = Duration.seconds(7 * 86_400)

    private static func checked(_ key: String?) throws(MCPStoreError) -> String {
        guard let key else { return "" }
        guard (1...512).contains(key.utf8.count) else {
            throw MCPStoreError(.invalidArguments, "an idempotency key must have from 1 to 512 bytes")
        }
        return key
    }

    private static func milliseconds(_ timeout: Duration) throws(MCPStoreError) -> Int {
        guard timeout >= .milliseconds(1), timeout <= longestTimeout else {
            throw MCPStoreError(.invalidArguments, "the timeout of a call must be from 1 ms to 7 days")
        }
        return Int(timeout / .milliseconds(1))
    }
}
