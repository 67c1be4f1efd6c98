/// Compares what callers, tools and Redis say of a run.
///
/// - **accepted**: Redis' log holds the entry of the call.
/// - **lost**: a caller that lives was told nothing; or the log holds an accepted job that neither ended nor was deleted with all
///   data; or it ended without anybody settling it, that is without an outcome for an inbox that was there.
/// - **without a cause**: an outcome other than `ok` although no fault that allows it was there while the call was under way, or up
///   to ``slack`` before. That includes `unknown`, with which a client says that it could not find out.
/// - **answers**: the answer must hold the id of the call, the tool must have recorded its execution to the end, and the outcome must
///   be the one in Redis' log.
struct Judge {
    /// How long a fault may have effects after it was undone, in microseconds: a lease, an election, a restart, and a slow machine.
    static let slack = 12_000_000

    private let evidence: Evidence
    /// Jobs by call id.
    private let jobs: [String: [JobHistory]]
    private let calls: [(caller: CallerLedger, call: CallerLedger.Call)]
    /// Calls of callers that were killed.
    private let orphans: Set<String>

    init(_ evidence: Evidence) {
        self.evidence = evidence
        jobs = Dictionary(grouping: evidence.log.jobs.values, by: \.call)
        orphans = Set(evidence.callers.filter(\.wasKilled).flatMap(\.calls.keys))
        calls = evidence.callers.flatMap { caller in caller.calls.values.map { (caller, $0) } }
    }

    func verdict() -> Verdict {
        var verdict = Verdict()
        showCalls(&verdict)
        verdict.demand("lost", lost())
        verdict.demand("answered twice", answeredTwice())
        verdict.demand("refused, but accepted", refusedButAccepted())
        verdict.demand("destructive calls run more than once", runTwice { !$0.mayRunAgain })
        verdict.show("other calls run more than once", "\(runTwice { $0.mayRunAgain }.count)")
        verdict.demand("wrong answers", wrongAnswers())
        verdict.demand("not ok without a cause", evidence.lapses == 0 ? withoutCause() : [])
        let (difference, count) = statsDifference()
        verdict.demand("stats that differ from outcomes", difference, count: count)
        verdict.demand("jobs left", evidence.left.jobs)
        verdict.demand("keys and leases left", evidence.left.keys)
        verdict.demand("MCP servers left", evidence.left.processes)
        showTimes(&verdict)
        return verdict
    }

    // MARK: What is shown

    private func showCalls(_ verdict: inout Verdict) {
        verdict.show("submitted", "\(calls.count)")
        verdict.show("accepted", "\(evidence.log.jobs.count)")
        var outcomes: [String: Int] = [:]
        var errors: [String: Int] = [:]
        for (_, call) in calls {
            guard let end = call.endings.first else { continue }
            if end.isOutcome { outcomes[end.outcome, default: 0] += 1 } else { errors[end.outcome, default: 0] += 1 }
        }
        verdict.show("outcomes", Self.list(outcomes))
        verdict.show("errors of clients", errors.isEmpty ? "none" : Self.list(errors))
        let open = calls.count { $0.caller.wasKilled && $0.call.endings.isEmpty }
        verdict.show("open when their caller was killed", "\(open)")
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private func showTimes(_ verdict: inout Verdict) {
        let slowest = calls.compactMap { entry in entry.call.endings.first.map { ($0.at - entry.call.submitted, entry.call.call) }
        }
        .filter { $0.1.intent == .answer }.max { $0.0 - $0.1.milliseconds * 1000 < $1.0 - $1.1.milliseconds * 1000 }
        if let (time, call) = slowest {
            verdict.show("slowest call", "\(time / 1000) ms for a tool of \(call.milliseconds) ms (\(call.id))")
        }
        if let recovery = Recovery.slowest(after: evidence.faults, calls.map(\.call)) {
            verdict.show("slowest recovery", "\(recovery.time / 1000) ms, service \(recovery.service) after \(recovery.fault)")
        }
        if evidence.lapses > 0 {
            verdict.show("leases lost without a fault", "\(evidence.lapses): outcomes other than ok are not judged")
        }
    }

    // MARK: What must be 0

    private func lost() -> [String] {
        var found = evidence.hanging.map { "\($0) did not end" }
        for (caller, call) in calls where !caller.wasKilled && call.endings.isEmpty {
            found.append("\(Self.name(call)) was never answered")
        }
        for job in evidence.log.jobs.values where !job.isFlushed {
            if job.entries > 0 { found.append("\(job.service) \(job.tool) \(job.call) is still in its lane") }
            // The inbox of a caller that was killed is gone after a minute, and with it what it would be told.
            if job.entries <= 0, job.outcomes.isEmpty, !orphans.contains(job.call) {
                found.append("\(job.service) \(job.tool) \(job.call) is gone from its lane without an outcome")
            }
        }
        return found
    }

    private func answeredTwice() -> [String] {
        var found: [String] = []
        for (_, call) in calls where call.endings.count > 1 {
            found.append("\(Self.name(call)) returned \(call.endings.map(\.outcome))")
        }
        for caller in evidence.callers {
            found += caller.strays.map { "\(caller.name) was told of \($0.id), which it never made" }
        }
        for job in evidence.log.jobs.values {
            if job.outcomes.count > 1 { found.append("\(job.service) \(job.tool) \(job.call) has outcomes \(job.outcomes)") }
            if job.submissions > 1 {
                found.append("\(job.service) \(job.tool) \(job.call) was submitted \(job.submissions) times")
            }
        }
        return found + jobs.filter { $0.value.count > 1 }.map { "\($0.key) has \($0.value.count) jobs" }
    }

    private func refusedButAccepted() -> [String] {
        let certain: Set = ["notAccepted", "busy", "rejected"]
        return calls.compactMap { _, call in
            guard let end = call.endings.first, !end.isOutcome, certain.contains(end.outcome) else { return nil }
            guard jobs[call.call.id] != nil || evidence.executions[call.call.id] != nil else { return nil }
            return "\(Self.name(call)) was told '\(end.outcome)'"
        }
    }

    private func runTwice(_ isMeant: (ToolKind) -> Bool) -> [String] {
        evidence.executions.filter { $0.value.starts > 1 }.compactMap { id, execution in
            guard let tool = ToolKind(rawValue: execution.tool), isMeant(tool) else { return nil }
            return "\(id) \(execution.tool) was started \(execution.starts) times"
        }
    }

    private func wrongAnswers() -> [String] {
        var found: [String] = []
        for (_, call) in calls {
            guard let end = call.endings.first, end.isOutcome else { continue }
            let execution = evidence.executions[call.call.id]
            if end.outcome == "ok" {
                if end.digest != Digest.of(call.call.answer) {
                    found.append("\(Self.name(call)) got the answer of something else")
                }
                if execution?.ends ?? 0 == 0 { found.append("\(Self.name(call)) is ok, but its tool never ended") }
            }
            if let execution, execution.tool != call.call.tool.rawValue {
                found.append("\(Self.name(call)) was run by \(execution.tool)")
            }
            let told = jobs[call.call.id]?.first?.outcomes.first
            if told != end.outcome {
                found.append("\(Self.name(call)) returned \(end.outcome), Redis' log says \(told ?? "nothing")")
            }
        }
        for (id, execution) in evidence.executions where jobs[id] == nil {
            found.append("\(id) \(execution.tool) was run, but Redis' log has no such job")
        }
        return found
    }

    private func withoutCause() -> [String] {
        calls.compactMap { _, call in
            guard let end = call.endings.first, let needed = Self.needs(end, call.call.intent) else { return nil }
            let causes = evidence.faults.filter { $0.from <= end.at && call.submitted <= $0.to + Self.slack }
            guard needed > causes.map(\.tolerance).max() ?? .nothing else { return nil }
            return
                "\(Self.name(call)) ended as \(end.outcome), attempt \(end.attempt), after \((end.at - call.submitted) / 1000) ms"
        }
    }

    /// What a fault must allow so that a call may end like this; `nil` where nothing needs to.
    private static func needs(_ end: Ending, _ intent: PlannedCall.Intent) -> Tolerance? {
        switch (end.outcome, end.isOutcome) {
        case ("ok", true): nil
        // A short deadline may pass while a service moves in good order.
        case ("timedOut", true) where intent == .expire, ("unavailable", true) where intent == .expire: nil
        case ("cancelled", true) where intent == .cancel: nil
        // Taken back before it was submitted.
        case ("cancelled", false) where intent == .cancel, ("notAccepted", false) where intent == .cancel: nil
        case ("timedOut", true), ("interrupted", true), ("unavailable", true): .outcomes
        case ("notAccepted", false), ("busy", false), ("rejected", false): .refusals
        default: .unknown
        }
    }

    /// After FLUSHDB services claim their tool keys anew, and a caller that has not read that yet counts under the key that it knew: then
    /// a tool is compared over all services.
    private func statsDifference() -> ([String], Int) {
        let isFlushed = evidence.log.epoch > 0
        var counted: [String: [String: Int]] = [:]
        for (key, outcomes) in evidence.stats {
            let key = isFlushed ? key.split(separator: " ").last.map(String.init) ?? key : key
            counted[key, default: [:]].merge(outcomes, uniquingKeysWith: +)
        }
        var expected: [String: [String: Int]] = [:]
        /// Jobs that ended when their caller's inbox was gone: counted, but nobody can say as what.
        var unseen: [String: Int] = [:]
        for job in evidence.log.jobs.values where job.epoch == evidence.log.epoch && !job.isFlushed && job.entries <= 0 {
            let key = isFlushed ? job.tool : "\(job.service) \(job.tool)"
            if let outcome = job.outcomes.first {
                expected[key, default: [:]][outcome, default: 0] += 1
            } else {
                unseen[key, default: 0] += 1
            }
        }
        var (found, count): ([String], Int) = ([], 0)
        for key in Set(expected.keys).union(counted.keys).union(unseen.keys).sorted() {
            let (stats, outcomes) = (counted[key] ?? [:], expected[key] ?? [:])
            var (more, less) = (0, 0)
            for kind in Set(stats.keys).union(outcomes.keys) {
                let difference = stats[kind, default: 0] - outcomes[kind, default: 0]
                if difference > 0 { more += difference } else { less -= difference }
            }
            let allowed = unseen[key, default: 0]
            let wrong = less + abs(more - allowed)
            guard wrong > 0 else { continue }
            count += wrong
            found.append("\(key): stats \(Self.list(stats)); outcomes \(Self.list(outcomes)), \(allowed) unseen")
        }
        return (found, count)
    }

    private static func name(_ call: CallerLedger.Call) -> String {
        "\(call.call.service) \(call.call.tool.rawValue) \(call.call.id)"
    }
}
