/// Compares what callers, tools and Redis say of a run.
///
/// - **accepted**: Redis' log holds the entry of the call.
/// - **lost**: a caller that lives was told nothing; or the log holds an accepted job that neither ended nor was deleted with all
///   data; or it ended without anybody settling it, that is without an outcome for an inbox that was there.
/// - **without a cause**: an outcome other than `ok` although no fault that allows it was there while the call was under way, or up
///   to ``slack`` before. That includes `unknown`, with which a client says that it could not find out.
/// - **keys**: calls with one key are one run (see ``sharedWrongly()``), which is what the tool is told and Redis' log has.
/// - **the window**: where Redis' log is synced once a second, a Redis that died may have forgotten what it had confirmed: that a call
///   was accepted, that it was given to a worker, that it has ended. What this explains of calls that were under way then is counted in
///   a line of its own. Nothing else is excused: answers are right, callers are told something, stats equal what Redis remembers.
/// - **answers**: the answer must hold the id of the call, the tool must have recorded its execution to the end, and the outcome must
///   be the one in Redis' log.
struct Judge {
    /// How long a fault may have effects after it was undone, in microseconds: a lease, an election, a restart, and a slow machine.
    static let slack = 12_000_000

    let evidence: Evidence
    /// Jobs by the id that their tool was given: that of the call, or the key.
    let jobs: [String: [JobHistory]]
    let calls: [(caller: CallerLedger, call: CallerLedger.Call)]
    /// Runs of callers, and of gateways, that were killed.
    private let orphans: Set<String>
    /// Calls by their key.
    let keys: [String: [CallerLedger.Call]]

    init(_ evidence: Evidence) {
        self.evidence = evidence
        jobs = Dictionary(grouping: evidence.log.jobs.values, by: \.call)
        calls = evidence.callers.flatMap { caller in caller.calls.values.map { (caller, $0) } }
        orphans = Set(
            calls.filter { $0.caller.wasKilled || $0.call.endings.first?.outcome == "disconnected" }.map(\.call.call.run)
        )
        keys = Dictionary(grouping: calls.map(\.call).filter { $0.call.key != nil }, by: \.call.run)
    }

    func verdict() -> Verdict {
        var verdict = Verdict()
        var window = Window(evidence.windows, calls.map(\.call))
        showCalls(&verdict)
        func demand(_ title: String, _ cases: [Case]) { verdict.demand(title, window.without(cases, title)) }
        demand("lost", lost())
        demand("answered twice", answeredTwice())
        demand("refused, but accepted", refusedButAccepted())
        demand("destructive calls run more than once", runTwice { !$0.mayRunAgain })
        verdict.show("other calls run more than once", .count(runTwice { $0.mayRunAgain }.count))
        demand("calls of one key that did not share a run", sharedWrongly())
        demand("wrong answers", wrongAnswers())
        demand("not ok without a cause", evidence.lapses == 0 ? withoutCause() : [])
        let (difference, count) = statsDifference()
        verdict.demand("stats that differ from outcomes", difference, count: count)
        if evidence.windows != nil {
            verdict.show("accepted and forgotten by Redis", .count(evidence.forgotten))
            verdict.show("because of everysec's window", .kinds(window.counts))
        }
        verdict.demand("jobs left", evidence.left.jobs)
        verdict.demand("keys and leases left", evidence.left.keys)
        verdict.demand("MCP servers left", evidence.left.processes)
        showTimes(&verdict)
        return verdict
    }

    // MARK: What is shown

    private func showCalls(_ verdict: inout Verdict) {
        verdict.show("submitted", .count(calls.count))
        verdict.show("accepted", .count(evidence.log.jobs.count))
        var outcomes: [String: Int] = [:]
        var errors: [String: Int] = [:]
        for (_, call) in calls {
            guard let end = call.endings.first else { continue }
            if end.isOutcome { outcomes[end.outcome, default: 0] += 1 } else { errors[end.outcome, default: 0] += 1 }
        }
        verdict.show("outcomes", .kinds(outcomes))
        verdict.show("errors of clients", .kinds(errors))
        verdict.show("open when their caller was killed", .count(calls.count { $0.caller.wasKilled && $0.call.endings.isEmpty }))
        let runs = keys.keys.reduce(0) { $0 + (jobs[$1]?.count ?? 0) }
        verdict.show("with an idempotency key", .kinds(["calls": keys.values.reduce(0) { $0 + $1.count }, "runs": runs]))
        verdict.show("faults", .count(evidence.faults.count))
        verdict.show("Redis' log", .bytes(evidence.log.bytes))
    }

    private func showTimes(_ verdict: inout Verdict) {
        let slowest = calls.compactMap { entry in entry.call.endings.first.map { ($0.at - entry.call.submitted, entry.call.call) }
        }
        .filter { $0.1.intent == .answer }.max { $0.0 - $0.1.milliseconds * 1000 < $1.0 - $1.1.milliseconds * 1000 }
        if let (time, call) = slowest {
            verdict.show("slowest call", .longest(time / 1000, " for a tool of \(call.milliseconds) ms (\(call.id))"))
        }
        if let recovery = Recovery.slowest(after: evidence.faults, calls.map(\.call)) {
            let what = ", service \(recovery.service) after \(recovery.fault)"
            verdict.show("slowest recovery", .longest(recovery.time / 1000, what))
        }
        if evidence.lapses > 0 {
            verdict.show("leases lost without a fault, so that only ok is judged", .count(evidence.lapses))
        }
    }

    // MARK: What must be 0

    private func lost() -> [Case] {
        var found = evidence.hanging.map { Case("\($0) did not end") }
        for (caller, call) in calls where !caller.wasKilled && call.endings.isEmpty {
            found.append(Case("\(Self.name(call)) was never answered"))
        }
        for job in evidence.log.jobs.values where !job.isFlushed {
            if job.entries > 0 { found.append(Case("\(Self.name(job)) is still in its lane")) }
            // The inbox of a caller that was killed is gone after a minute, and with it what it would be told. One that was deleted
            // with all data is not there for a moment: its caller is told `unknown`.
            if job.entries <= 0, job.outcomes.isEmpty, !job.hadNoInbox, !orphans.contains(job.call) {
                found.append(Case("\(Self.name(job)) is gone from its lane without an outcome"))
            }
        }
        return found
    }

    private func answeredTwice() -> [Case] {
        var found: [Case] = []
        for (_, call) in calls where call.endings.count > 1 {
            found.append(Case("\(Self.name(call)) returned \(call.endings.map(\.outcome))"))
        }
        for caller in evidence.callers {
            found += caller.strays.map { Case("\(caller.name) was told of \($0.id), which it never made") }
        }
        for job in evidence.log.jobs.values {
            if job.outcomes.count > 1 { found.append(Case("\(Self.name(job)) has outcomes \(job.outcomes)")) }
            if job.submissions > 1 {
                found.append(Case("\(Self.name(job)) was submitted \(job.submissions) times"))
            }
        }
        for (id, several) in jobs where several.count > 1 && keys[id] == nil {
            found.append(Case("\(id) has \(several.count) jobs"))
        }
        return found
    }

    /// Of a call with a key nobody can say here whether its own submission was refused: others have the same run.
    private func refusedButAccepted() -> [Case] {
        let certain: Set = ["notAccepted", "busy", "rejected"]
        return calls.compactMap { _, call in
            guard call.call.key == nil, let end = call.endings.first, !end.isOutcome, certain.contains(end.outcome),
                jobs[call.call.id] != nil || evidence.executions[call.call.id] != nil
            else { return nil }
            return Case("\(Self.name(call)) was told '\(end.outcome)'", ifForgotten: call.call.id)
        }
    }

    /// A key is its caller's consent to run the call again.
    private func runTwice(_ isMeant: (ToolKind) -> Bool) -> [Case] {
        evidence.executions.filter { $0.value.starts > 1 && keys[$0.key] == nil }.compactMap { id, execution in
            guard let tool = ToolKind(rawValue: execution.tool), isMeant(tool) else { return nil }
            return Case("\(id) \(execution.tool) was started \(execution.starts) times", ifForgotten: id)
        }
    }

    private func wrongAnswers() -> [Case] {
        var found: [Case] = []
        for (_, call) in calls {
            guard let end = call.endings.first, end.isOutcome else { continue }
            let run = call.call.run
            let execution = evidence.executions[run]
            if end.outcome == "ok" {
                if end.digest != Digest.of(call.call.answer) {
                    found.append(Case("\(Self.name(call)) got the answer of something else"))
                }
                if execution?.ends ?? 0 == 0 { found.append(Case("\(Self.name(call)) is ok, but its tool never ended")) }
            }
            if let execution, execution.tool != call.call.tool.rawValue {
                found.append(Case("\(Self.name(call)) was run by \(execution.tool)"))
            }
            if let told = contradiction(call, end) {
                found.append(Case("\(Self.name(call)) returned \(end.outcome), Redis' log says \(told)", ifForgotten: run))
            }
        }
        for (id, execution) in evidence.executions where jobs[id] == nil {
            found.append(Case("\(id) \(execution.tool) was run, but Redis' log has no such job", ifForgotten: id))
        }
        return found
    }

    /// What Redis' log says of a call that returned something else.
    private func contradiction(_ call: CallerLedger.Call, _ end: Ending) -> String? {
        guard let jobs = jobs[call.call.run] else { return "nothing" }
        let told = jobs.flatMap(\.outcomes)
        if call.call.key == nil { return told.first == end.outcome ? nil : told.first ?? "nothing" }
        // Who waits for the run of another may give up by itself; and of a run whose own caller was killed the log says nothing.
        guard end.outcome == "ok", !told.contains("ok"), jobs.allSatisfy({ !$0.outcomes.isEmpty }) else { return nil }
        return told.joined(separator: ", ")
    }

    private func withoutCause() -> [Case] {
        calls.compactMap { _, call in
            guard let end = call.endings.first, let needed = Self.needs(end, call.call.intent) else { return nil }
            let causes = causes(from: call.submitted, to: end.at)
            if causes.contains(where: { $0.outcomes.contains(end.outcome) }) { return nil }
            guard needed > causes.map(\.tolerance).max() ?? .nothing else { return nil }
            return Case(
                "\(Self.name(call)) ended as \(end.outcome), attempt \(end.attempt), after \((end.at - call.submitted) / 1000) ms"
            )
        }
    }

    /// Faults that may have had effects in this time.
    func causes(from: Int, to: Int) -> [FaultSpan] { evidence.faults.filter { $0.from <= to && from <= $0.to + Self.slack } }

    /// What a fault must allow so that a call may end like this; `nil` where nothing needs to.
    static func needs(_ end: Ending, _ intent: PlannedCall.Intent) -> Tolerance? {
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
            found.append(
                "\(key): stats \(VerdictValue.kinds(stats)); outcomes \(VerdictValue.kinds(outcomes)), \(allowed) unseen"
            )
        }
        return (found, count)
    }

    private static func name(_ call: CallerLedger.Call) -> String {
        "\(call.call.service) \(call.call.tool.rawValue) \(call.call.id)" + (call.call.key.map { " (\($0))" } ?? "")
    }

    private static func name(_ job: JobHistory) -> String { "\(job.service) \(job.tool) \(job.call)" }
}
