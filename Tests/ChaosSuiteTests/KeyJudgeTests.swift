import Testing

@testable import ChaosSuite

@Suite struct `The judge of calls with a key` {
    private static let title = "calls of one key that did not share a run"

    /// A good run with two calls of one key besides: one of a second caller was told what the run of the first one answered.
    private struct KeyedRun {
        var run = SampleRun()
        let first = SampleRun.call("c1-9", .destructive, key: "key-1")
        let second = SampleRun.call("c3-1", .destructive, key: "key-1")

        init() {
            run.evidence.callers.append(CallerLedger(name: "caller-3.1"))
            run.evidence.callers[0].add(.submitted(first, at: 1000))
            run.evidence.callers[0].add(.ended(SampleRun.ok(first)))
            run.evidence.callers[2].add(.submitted(second, at: 1100))
            run.evidence.callers[2].add(.ended(SampleRun.ok(second)))
            accept("j9")
            settle("j9")
            run.evidence.executions["key-1"] = Execution(tool: "record_destructive", starts: 1, ends: 1)
            run.evidence.stats["s record_destructive"] = ["ok": 3]
        }

        mutating func accept(_ job: String) { run.accept(first, job: job) }
        mutating func settle(_ job: String, outcome: String = "ok") { run.settle(first, job: job, outcome: outcome) }
    }

    private func violations(_ spoil: (inout KeyedRun) -> Void) throws -> [String: Int] {
        var keyed = KeyedRun()
        spoil(&keyed)
        let broken = try keyed.run.verdict().rows.filter { ($0.violations ?? 0) > 0 }
        return Dictionary(uniqueKeysWithValues: broken.map { ($0.title, $0.violations ?? 0) })
    }

    @Test func `finds nothing where calls shared their run, and counts them`() throws {
        let verdict = try KeyedRun().run.verdict()
        #expect(verdict.holds, "\(verdict.details)")
        #expect(verdict.rows.contains { $0.title == "with an idempotency key" && $0.value == .kinds(["calls": 2, "runs": 1]) })
    }

    @Test func `says so where a key was run again after its answer, or twice at once`() throws {
        let again = try violations { keyed in
            keyed.accept("j10")
            keyed.settle("j10")
            keyed.run.evidence.stats["s record_destructive"] = ["ok": 4]
        }
        #expect(again == [Self.title: 1])
        let atOnce = try violations { keyed in
            // Before the settlement of the first.
            keyed.accept("j10")
            keyed.run.commands.insert(keyed.run.commands.removeLast(), at: keyed.run.commands.count - 2)
            keyed.settle("j10", outcome: "interrupted")
            keyed.run.evidence.stats["s record_destructive"] = ["ok": 3, "interrupted": 1]
        }
        #expect(atOnce == [Self.title: 1])
    }

    @Test func `lets a key run again whose run ended without an answer, or that was deleted with all data`() throws {
        let failed = try violations { keyed in
            keyed.run.commands[keyed.run.commands.count - 2][7] = "interrupted 5 6 {}"
            keyed.accept("j10")
            keyed.settle("j10")
            keyed.run.evidence.executions["key-1"]?.starts = 2
            keyed.run.evidence.stats["s record_destructive"] = ["ok": 3, "interrupted": 1]
        }
        #expect(failed == [:])
        let deleted = try violations { keyed in
            keyed.run.commands.append(["FLUSHDB"])
            keyed.accept("j10")
            keyed.settle("j10")
            keyed.run.evidence.executions["key-1"]?.starts = 2
            keyed.run.evidence.stats = ["s record_destructive": ["ok": 1]]
        }
        #expect(deleted == [:])
    }

    @Test func `says so where a run was started more than once and nothing took what ran it`() throws {
        let twice: (inout KeyedRun) -> Void = { keyed in keyed.run.evidence.executions["key-1"]?.starts = 2 }
        #expect(try violations(twice) == [Self.title: 1])
        let harmless = FaultSpan(name: "f", tolerance: .nothing, from: 900, to: 950)
        #expect(
            try violations { keyed in
                twice(&keyed)
                keyed.run.evidence.faults = [harmless]
            } == [Self.title: 1]
        )
        #expect(
            try violations { keyed in
                twice(&keyed)
                keyed.run.evidence.faults = [FaultSpan(name: "f", tolerance: .outcomes, from: 900, to: 950)]
            } == [:]
        )
    }

    @Test func `says so where calls of one key got different answers, or one that nobody gave`() throws {
        let different = try violations { keyed in
            keyed.run.change("c3-1") { $0.endings[0].outcome = "protocolError" }
            keyed.run.evidence.faults = [
                FaultSpan(name: "f", tolerance: .nothing, from: 900, to: 950, outcomes: ["protocolError"])
            ]
        }
        #expect(different == [Self.title: 1])
        let invented = try violations { keyed in
            keyed.run.commands[keyed.run.commands.count - 2][7] = "interrupted 5 6 {}"
            keyed.run.evidence.stats["s record_destructive"] = ["ok": 2, "interrupted": 1]
        }
        #expect(invented == ["wrong answers": 2])
    }
}
