import Testing

@testable import ChaosSuite

@Suite struct `The window of everysec` {
    /// A run in which an accepted call is gone without an outcome, and its tool was run twice.
    private func run(windows: [ClosedRange<Int>]?) throws -> Verdict {
        var run = SampleRun()
        let call = SampleRun.call("c1-9", .destructive)
        run.evidence.callers[0].add(.submitted(call, at: 20_000_000))
        run.evidence.callers[0].add(.ended(Ending(id: call.id, isOutcome: false, outcome: "unknown", at: 21_000_000)))
        run.evidence.executions[call.id] = Execution(tool: "record_destructive", starts: 2, ends: 0)
        run.evidence.faults = [FaultSpan(name: "f", tolerance: .unknown, from: 20_500_000, to: 20_600_000)]
        run.evidence.windows = windows
        return try run.verdict()
    }

    @Test func `excuses what is wrong with calls that were under way, and counts it`() throws {
        let verdict = try run(windows: [22_000_000...23_000_000])
        #expect(verdict.holds, "\(verdict.details)")
        let row = try #require(verdict.rows.first { $0.title == "because of everysec's window" })
        #expect(row.value.description == "destructive calls run more than once 1, run or answered, and forgotten 1")
    }

    @Test(arguments: [nil, [], [1_000_000...2_000_000], [25_000_000...26_000_000]] as [[ClosedRange<Int>]?])
    func `excuses nothing without a window, and nothing that was not under way`(windows: [ClosedRange<Int>]?) throws {
        let verdict = try run(windows: windows)
        #expect(verdict["destructive calls run more than once"] == 1 && verdict["wrong answers"] == 1)
        #expect(verdict.rows.contains { $0.title == "because of everysec's window" } == (windows != nil))
    }

    @Test func `excuses no wrong answer, no call that nobody was told of, and no second outcome`() throws {
        func broken(_ spoil: (inout SampleRun) -> Void) throws -> [String] {
            var run = SampleRun()
            run.evidence.windows = [0...10_000_000]
            spoil(&run)
            return try run.verdict().rows.filter { ($0.violations ?? 0) > 0 }.map(\.title)
        }
        #expect(try broken { $0.change("c1-0") { $0.endings[0].digest = 1 } } == ["wrong answers"])
        #expect(try broken { $0.change("c1-0") { $0.endings = [] } } == ["lost"])
        #expect(try broken { $0.commands.insert($0.commands[1], at: 1) } == ["answered twice"])
        #expect(try broken { $0.evidence.executions["c1-0"]?.tool = "record_destructive" } == ["wrong answers"])
    }

    @Test func `shows how many accepted calls Redis has forgotten`() throws {
        var run = SampleRun()
        run.evidence.windows = []
        run.evidence.forgotten = 3
        #expect(try run.verdict().rows.contains { $0.title == "accepted and forgotten by Redis" && $0.value == .count(3) })
    }

    @Test func `excuses neither stats nor what is left`() throws {
        var run = SampleRun()
        run.evidence.windows = [0...10_000_000]
        run.evidence.stats["s record_readonly"] = ["ok": 3]
        run.evidence.left.jobs = ["a"]
        let verdict = try run.verdict()
        #expect(verdict["stats that differ from outcomes"] == 2 && verdict["jobs left"] == 1)
    }
}
