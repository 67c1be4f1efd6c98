import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Running jobs: the hot path of a worker. Everything here happens on the event loop, without a task.
extension ServiceHost {
    /// Microseconds between two progress notifications of a call that are handed on, in the long run.
    static let progressInterval = 100_000
    /// How many may come at once: short calls report quickly what they have to report.
    static let progressBurst = 8
    /// Bytes of a progress notification's parameters that are handed on.
    static let largestProgress = 16 << 10

    /// Microseconds by the clock of the queue in which a job lies.
    func now(for entry: EntryID) -> Int { queue.clock(of: entry.origin).now() }

    /// - Parameter shares: Whether it may use another call's answer.
    func run(_ delivery: Delivery, shares: Bool = true) {
        let job = delivery.job
        let started = now(for: delivery.entry)
        if job.method == "tools/call", !configuration.offers(job.name) { return refuse(delivery, started) }
        if let brake, brake.kind == .open, hold != .paused, !isStopping { return refuse(delivery, by: brake) }
        guard let session, !isStopping, hold != .paused, brake?.kind != .slow else {
            let reason =
                hold == .paused ? "the service is paused" : brake.map(\.reason) ?? "the session was lost"
            return queue.settle(
                Settlement(delivery, .move(reason: reason, attempt: job.attempt, deaths: job.deaths))
            )
        }
        if stops(delivery) { return }
        if !reuse.isEmpty, shares, reuses(delivery) { return }
        let entry = delivery.entry
        running[entry] = RunningCall(delivery: delivery, worker: queue.workerID, started: started)
        if configuration.isPerCall { return runAlone(delivery) }
        send(delivery, over: session)
    }

    /// Sends the request of a call that is among the running ones.
    func send(_ delivery: Delivery, over session: MCPSession) {
        let job = delivery.job
        let entry = delivery.entry
        var onProgress: (@Sendable (ByteBuffer) -> Void)?
        if job.wantsProgress {
            onProgress = { [weak self] params in self?.assumeIsolated { $0.progressed(entry, params) } }
        }
        var onLog: (@Sendable (ByteBuffer) -> Void)?
        if !job.logLevel.isEmpty {
            onLog = { [weak self] params in self?.assumeIsolated { $0.logged(entry, params) } }
        }
        // Over a pipe that calls share nobody could tell whose log it is. Who is asked answers with events, also where there are none:
        // who logs nothing is not asked.
        let asksForLog = onLog != nil && session.offersLogging && (configuration.isPerCall || configuration.command == nil)
        let now = now(for: entry)
        let trace = JobTrace(field: job.trace)
        let left = job.runLimit > 0 ? min(delivery.deadline - now, job.runLimit * 1000) : delivery.deadline - now
        let request = MCPRequest(
            method: job.method,
            params: job.parameters,
            name: job.name.isEmpty ? nil : job.name,
            timeout: .microseconds(max(left, 1000)),
            meta: .init(traceparent: trace?.traceparent, tracestate: trace?.tracestate),
            onProgress: onProgress,
            logLevel: asksForLog ? job.logLevel : nil,
            onLog: onLog,
            parameterHeaders: parameterHeaders(job)
        )
        let handle = session.send(request) { [weak self] response in
            self?.assumeIsolated { $0.answered(entry, response) }
        }
        running[entry]?.handle = handle
    }

    func answered(_ entry: EntryID, _ response: MCPResponse) {
        guard let call = running.removeValue(forKey: entry) else { return }
        if let own = call.own { close(own) }
        // What a restart ends says nothing of the server.
        if call.cancellation == nil, !call.isParked, !mustRestart { watchCircuit(response, started: call.started) }
        call.timer?.cancel()
        if call.isParked { shared.left(entry) } else if !shared.isIdle || !keeping.isEmpty { shareAnswer(of: call, response) }
        let job = call.delivery.job
        let ending = CallEnding(
            job: job,
            worker: call.worker,
            started: call.started,
            finished: now(for: entry)
        )
        var action = ending.action(for: response)
        if case .failed(let error) = response, error.code == .cancelled,
            case .givenBack(let reason, let counts) = call.cancellation
        {
            action = ending.givenBack(reason, countsAttempt: counts, wasWritten: error.requestWasWritten)
        } else if case .failed(let error) = response, case .move = action, Self.isTemporary(error) {
            return holdBack(Settlement(call.delivery, action), call, error)
        }
        queue.settle(Settlement(call.delivery, action))
        if logger.logLevel <= .debug { logEnd(of: call, action, at: ending.finished) }
        if running.isEmpty { becameIdle() }
    }

    /// One line a call for who looks into it; never its arguments or its result.
    private func logEnd(of call: RunningCall, _ action: Settlement.Action, at end: Int) {
        let job = call.delivery.job
        var keys: [JobLogKey: String] = [.ran: String(max(end - call.started, 0))]
        if job.submitted > 0 { keys[.waited] = String(max(call.started - job.submitted, 0)) }
        switch action {
        case .end(let outcome, _):
            keys[.outcome] = outcome.kind.rawValue
            logger.log(.debug, "a call has ended", of: job, keys)
        case .move, .delay: logger.log(.debug, "a call is given back", of: job, keys)
        }
    }

    /// The server is away or full, but the session goes on.
    private static func isTemporary(_ error: MCPError) -> Bool { error.code == .unreachable || error.code == .busy }

    /// Gives a job back after a while. Until then it keeps its slot, so that a server that refuses everything at once does not
    /// make its jobs circle at the speed of Redis. One whose time is over by then ends here: nobody else could say what was in its way.
    private func holdBack(_ settlement: Settlement, _ call: RunningCall, _ error: MCPError) {
        let (delivery, job) = (call.delivery, call.delivery.job)
        let left = (min(delivery.startBy ?? .max, delivery.deadline) - now(for: delivery.entry)) / 1000
        var (settlement, wait) = (settlement, Int.random(in: 500...1000))
        if left <= wait, !error.requestWasWritten {
            wait = max(left - 100, 0)
            let message =
                "the service '\(service.name)' could not be called within \(CallerEnding.patience(job)): \(error.message)"
            let reason = Reason(message, phase: .waiting, worker: call.worker)
            let outcome = Outcome(
                kind: .unavailable,
                payload: reason.payload,
                worker: call.worker,
                attempt: job.attempt,
                finished: now(for: delivery.entry)
            )
            settlement = Settlement(delivery, .end(outcome))
        }
        running[settlement.entry] = call
        running[settlement.entry]?.handle = nil
        running[settlement.entry]?.own = nil
        let held = settlement
        eventLoop.scheduleTask(in: .milliseconds(Int64(wait))) {
            self.assumeIsolated { host in
                guard host.running.removeValue(forKey: held.entry) != nil else { return }
                host.queue.settle(held)
                if host.running.isEmpty { host.becameIdle() }
            }
        }
    }

    /// Latest wins: a server that reports a thousand steps a second costs ten messages. A report beyond its bound is dropped: it
    /// would lie in Redis until the caller has read it, however slow that is.
    private func progressed(_ entry: EntryID, _ params: ByteBuffer) {
        guard params.readableBytes <= Self.largestProgress else { return }
        let now = ServerClock.boot()
        guard let call = running[entry], now >= call.progressDue - Self.progressInterval * (Self.progressBurst - 1) else {
            return
        }
        running[entry]?.progressDue = max(now, call.progressDue) + Self.progressInterval
        queue.report(Progress(call.delivery, payload: params))
    }

    /// As many as of progress; more are dropped.
    func logged(_ entry: EntryID, _ params: ByteBuffer) {
        guard params.readableBytes <= Self.largestProgress else { return }
        let now = ServerClock.boot()
        guard let call = running[entry], !call.delivery.job.logLevel.isEmpty,
            now >= call.logDue - Self.progressInterval * (Self.progressBurst - 1)
        else { return }
        running[entry]?.logDue = max(now, call.logDue) + Self.progressInterval
        queue.report(Progress(call.delivery, payload: params))
    }

    /// Its entry was settled by somebody else.
    ///
    /// - Returns: Whether it ran here.
    func cancel(_ entry: EntryID) -> Bool {
        guard let call = running[entry] else { return false }
        running[entry]?.cancellation = .settledElsewhere
        // It goes on for those who wait for its answer.
        if !shared.isAwaited(entry) { stop(call, reason: "the caller no longer waits") }
        return true
    }

    /// Cancels running calls so that another worker goes on with them.
    ///
    /// - Parameters:
    ///   - all: Also those that may not be run again; they end as `interrupted`.
    ///   - origin: Only those of this queue; `nil` for all.
    func giveBack(_ reason: String, countsAttempt: Bool, all: Bool, origin: EntryID.Origin? = nil) {
        for (entry, call) in running where all || call.delivery.job.mayRunAgain {
            if let origin, entry.origin != origin { continue }
            running[entry]?.cancellation = .givenBack(reason: reason, countsAttempt: countsAttempt)
            stop(call, reason: reason)
        }
    }

    private func stop(_ call: RunningCall, reason: String) {
        if call.isParked { return endParked(call.delivery.entry, MCPError(.cancelled, reason)) }
        call.opening?.cancel()
        if let handle = call.handle { (call.own ?? session)?.cancel(handle, reason: reason) }
    }

    /// Arguments that HTTP sends as headers as well (2026-07-28, `x-mcp-header`).
    private func parameterHeaders(_ job: Job) -> [HTTPHeader] {
        guard job.method == "tools/call", let tool = catalog?.toolsWithHeaders[job.name] else { return [] }
        // Parameters that are no JSON object are refused by the session, with a better message.
        do { return try tool.parameterHeaders(for: job.parameters) } catch { return [] }
    }

    /// A caller with an old list may still ask for a tool that the configuration withholds; it ends as at a server that has no
    /// such tool.
    private func refuse(_ delivery: Delivery, _ started: Int) {
        let job = delivery.job
        let worker = queue.workerID
        let ending = CallEnding(job: job, worker: worker, started: started, finished: now(for: delivery.entry))
        var error = ByteBuffer(string: "{\"code\":-32602,\"message\":")
        error.writeJSONString(
            "the tool '\(job.name)' is not offered: the configuration of service '\(service.name)' leaves it out"
        )
        error.writeString("}")
        queue.settle(Settlement(delivery, ending.action(for: .error(error, code: -32602))))
    }
}
