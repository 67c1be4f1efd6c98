import Testing

@testable import ChaosSuite

@Suite struct `The judge` {
    /// Spoils a run in which everything held, and gives the lines that no longer hold.
    private func violations(_ spoil: (inout SampleRun) -> Void) throws -> [String: Int] {
        var run = SampleRun()
        spoil(&run)
        let verdict = try run.verdict()
        let broken = verdict.rows.filter { ($0.violations ?? 0) > 0 }
        #expect(verdict.holds == broken.isEmpty && verdict.details.isEmpty == broken.isEmpty)
        return Dictionary(uniqueKeysWithValues: broken.map { ($0.title, $0.violations ?? 0) })
    }

    @Test func `finds nothing where everything held, and counts`() throws {
        let verdict = try SampleRun().verdict()
        #expect(verdict.holds && verdict.details.isEmpty, "\(verdict.details)")
        let values = Dictionary(uniqueKeysWithValues: verdict.rows.map { ($0.title, $0.value.description) })
        #expect(values["submitted"] == "4" && values["accepted"] == "4" && values["outcomes"] == "ok 3")
        #expect(values["open when their caller was killed"] == "1" && values["other calls run more than once"] == "0")
    }

    @Test func `says lost where a living caller was never answered, or did not end`() throws {
        #expect(try violations { $0.change("c1-0") { $0.endings = [] } } == ["lost": 1])
        #expect(try violations { $0.evidence.hanging = ["caller-1.1"] } == ["lost": 1])
    }

    @Test func `says lost where an accepted job is still there, or is gone without an outcome`() throws {
        let call = SampleRun.call("c1-9", .readOnly)
        let unsettled = try violations { run in
            run.accept(call, job: "j9")
            run.evidence.callers[0].add(.submitted(call, at: 1000))
            run.evidence.callers[0].add(.ended(Ending(id: call.id, isOutcome: false, outcome: "unknown", at: 2000)))
            run.evidence.faults = [FaultSpan(name: "f", tolerance: .unknown, from: 1500, to: 1600)]
        }
        #expect(unsettled == ["lost": 1])
        #expect(try violations { $0.commands.remove(at: 1) }["lost"] == 1)
    }

    @Test func `says twice where a caller, Redis or an inbox has two of one`() throws {
        #expect(try violations { $0.change("c1-0") { $0.endings.append($0.endings[0]) } } == ["answered twice": 1])
        #expect(
            try violations { $0.evidence.callers[0].add(.ended(Ending(id: "c9-9", isOutcome: true, outcome: "ok", at: 1))) } == [
                "answered twice": 1
            ]
        )
        #expect(try violations { $0.commands.insert($0.commands[1], at: 1) } == ["answered twice": 1])
        // The same job submitted twice, and the same call as two jobs.
        let call = SampleRun.call("c1-0", .readOnly)
        let again = try violations { run in
            run.accept(call, job: "j0", entry: "2-j0")
            run.commands.append(["XDEL", "chaos:default:jobs:s", "2-j0"])
        }
        #expect(again == ["answered twice": 1])
        let two = try violations { run in
            run.accept(call, job: "j8")
            run.settle(call, job: "j8")
            run.evidence.stats["s record_readonly"] = ["ok": 2]
        }
        #expect(two == ["answered twice": 1])
    }

    @Test(arguments: ["notAccepted", "busy", "rejected"])
    func `says so where a call was refused and ran all the same`(code: String) throws {
        let found = try violations { run in
            run.change("c1-2") { $0.endings = [Ending(id: "c1-2", isOutcome: false, outcome: code, at: 2000)] }
            run.evidence.faults = [FaultSpan(name: "f", tolerance: .unknown, from: 1500, to: 1600)]
        }
        #expect(found == ["refused, but accepted": 1])
    }

    @Test func `says so where something destructive ran twice, and shows what may`() throws {
        #expect(try violations { $0.evidence.executions["c1-2"]?.starts = 2 } == ["destructive calls run more than once": 1])
        var run = SampleRun()
        run.evidence.executions["c1-0"]?.starts = 2
        run.evidence.executions["c1-1"]?.starts = 3
        let verdict = try run.verdict()
        #expect(verdict.holds && verdict.rows.contains { $0.title == "other calls run more than once" && $0.value == .count(2) })
    }

    @Test func `says wrong where an answer is another's, nobody ran it, another tool did, or Redis says something else`() throws {
        #expect(
            try violations { $0.change("c1-0") { $0.endings[0].digest = Digest.of("recorded c1-1") } } == ["wrong answers": 1]
        )
        #expect(try violations { $0.evidence.executions["c1-0"] = nil } == ["wrong answers": 1])
        #expect(try violations { $0.evidence.executions["c1-0"]?.ends = 0 } == ["wrong answers": 1])
        #expect(try violations { $0.evidence.executions["c1-0"]?.tool = "record_destructive" } == ["wrong answers": 1])
        let other = try violations { run in
            run.commands[1][7] = "interrupted 5 6 {}"
            run.evidence.stats["s record_readonly"] = ["interrupted": 1]
        }
        #expect(other == ["wrong answers": 1])
        let ghost = try violations { $0.evidence.executions["c7-7"] = Execution(tool: "record_readonly", starts: 1, ends: 1) }
        #expect(ghost == ["wrong answers": 1])
    }

    @Test(arguments: [
        ("interrupted", true, Tolerance.outcomes), ("unavailable", true, .outcomes), ("timedOut", true, .outcomes),
        ("notAccepted", false, .refusals), ("unknown", false, .unknown), ("closed", false, .unknown),
        ("toolError", true, .unknown),
    ])
    func `says so where an outcome has no cause, and where its cause was too small or too early`(
        outcome: String,
        isOutcome: Bool,
        needed: Tolerance
    ) throws {
        /// One call that ended so, with what Redis says of it, under one fault.
        func judge(_ tolerance: Tolerance?, to end: Int = 1600) throws -> [String: Int] {
            let call = SampleRun.call("c1-9", .readOnly)
            return try violations { run in
                run.evidence.callers[0].add(.submitted(call, at: 100_000_000))
                run.evidence.callers[0].add(.ended(Ending(id: call.id, isOutcome: isOutcome, outcome: outcome, at: 100_001_000)))
                if isOutcome {
                    run.accept(call, job: "j9")
                    run.settle(call, job: "j9", outcome: outcome)
                    run.evidence.stats["s record_readonly", default: [:]][outcome] = 1
                }
                if let tolerance { run.evidence.faults = [FaultSpan(name: "f", tolerance: tolerance, from: 1500, to: end)] }
            }
        }
        let broken = ["not ok without a cause": 1]
        #expect(try judge(nil) == broken)
        #expect(try judge(needed) == broken, "long ago")
        #expect(try judge(needed, to: 99_999_000) == [:])
        if let less = Tolerance(rawValue: needed.rawValue - 1) { #expect(try judge(less, to: 99_999_000) == broken) }
    }

    @Test func `lets a caller have the deadline and the cancellation that it wanted`() throws {
        for (intent, outcome) in [(PlannedCall.Intent.expire, "timedOut"), (.cancel, "cancelled"), (.answer, "cancelled")] {
            let found = try violations { run in
                run.change("c1-0") { call in
                    call.call.intent = intent
                    call.endings[0].outcome = outcome
                }
                run.commands[1][7] = "\(outcome) 5 6 {}"
                run.evidence.stats["s record_readonly"] = [outcome: 1]
            }
            #expect(found == (intent == .answer ? ["not ok without a cause": 1] : [:]))
        }
    }

    @Test func `lets a call be taken back before it was submitted, if that was wanted`() throws {
        for intent in [PlannedCall.Intent.cancel, .answer, .expire] {
            let found = try violations { run in
                let call = SampleRun.call("c1-9", .readOnly, intent: intent)
                run.evidence.callers[0].add(.submitted(call, at: 1000))
                run.evidence.callers[0].add(.ended(Ending(id: call.id, isOutcome: false, outcome: "notAccepted", at: 2000)))
            }
            #expect(found == (intent == .cancel ? [:] : ["not ok without a cause": 1]))
        }
    }

    @Test func `a client of a gateway may be disconnected when a gateway went, and at no other time`() throws {
        func disconnected(from time: Int) throws -> [String: Int] {
            try violations { run in
                run.change("c1-0") { $0.endings = [Ending(id: "c1-0", isOutcome: false, outcome: "disconnected", at: 2000)] }
                // Nobody was there to be told.
                run.commands.remove(at: 1)
                let span = FaultSpan(name: "f", tolerance: .nothing, from: time, to: time + 50, outcomes: ["disconnected"])
                run.evidence.faults = [span]
            }
        }
        #expect(try disconnected(from: 1500) == [:])
        #expect(try disconnected(from: 2500) == ["not ok without a cause": 1])
    }

    @Test func `counts each difference between stats and outcomes`() throws {
        #expect(try violations { $0.evidence.stats["s record_readonly"] = ["ok": 3] } == ["stats that differ from outcomes": 2])
        #expect(try violations { $0.evidence.stats["s record_readonly"] = nil } == ["stats that differ from outcomes": 1])
        let moved = try violations { $0.evidence.stats["s record_readonly"] = ["timedOut": 1] }
        #expect(moved == ["stats that differ from outcomes": 2])
    }

    @Test func `a job that ended when its killed caller's inbox was gone is counted once, as anything`() throws {
        // Without the entry of the inbox.
        #expect(try violations { $0.commands.remove(at: 10) } == [:])
        let missing = try violations { run in
            run.commands.remove(at: 10)
            run.evidence.stats["s record_destructive"] = ["ok": 1]
        }
        #expect(missing == ["stats that differ from outcomes": 1])
    }

    @Test func `leaves out what was deleted with all data`() throws {
        let call = SampleRun.call("c1-9", .readOnly)
        let found = try violations { run in
            run.accept(call, job: "j9")
            run.commands.append(["FLUSHDB"])
            run.evidence.stats = [:]
            run.evidence.callers[0].add(.submitted(call, at: 1000))
            run.evidence.callers[0].add(.ended(Ending(id: call.id, isOutcome: false, outcome: "unknown", at: 2000)))
            run.evidence.faults = [FaultSpan(name: "f", tolerance: .unknown, from: 1500, to: 1600)]
        }
        #expect(found == [:])
    }

    @Test func `says what is left`() throws {
        #expect(try violations { $0.evidence.left.jobs = ["a"] } == ["jobs left": 1])
        #expect(try violations { $0.evidence.left.keys = ["a", "b"] } == ["keys and leases left": 2])
        #expect(try violations { $0.evidence.left.processes = ["a"] } == ["MCP servers left": 1])
    }
}
