import Testing

@testable import ChaosSuite

@Suite struct `A series of runs` {
    private func verdict(submitted: Int, lost: Int, recovery: Int) -> Verdict {
        var verdict = Verdict()
        verdict.show("submitted", .count(submitted))
        verdict.show("outcomes", .kinds(["ok": submitted - 1, "interrupted": 1]))
        verdict.demand("lost", (0..<lost).map { "call \($0)" })
        verdict.show("slowest recovery", .longest(recovery, ", service once"))
        return verdict
    }

    @Test func `adds up line by line, keeps the slowest with its seed, and holds if all hold`() {
        var series = Series()
        series.add(verdict(submitted: 10, lost: 0, recovery: 700), seed: 1)
        series.add(verdict(submitted: 20, lost: 0, recovery: 300), seed: 2)
        #expect(series.exitCode == nil && series.total.holds && series.total["lost"] == 0)
        let values = series.total.rows.map(\.value.description)
        #expect(values == ["30", "ok 28, interrupted 2", "0", "700 ms, service once, seed 1"])
    }

    @Test func `does not hold where one does not, and says which`() {
        var series = Series()
        series.add(verdict(submitted: 10, lost: 2, recovery: 1), seed: 7)
        series.add(verdict(submitted: 10, lost: 0, recovery: 1), seed: 8)
        series.add(verdict(submitted: 10, lost: 1, recovery: 1), seed: 9)
        #expect(series.exitCode == 1 && series.total["lost"] == 3 && series.broken == [7, 9])
        #expect(series.total.details == ["seed 7: lost: call 0", "seed 7: lost: call 1", "seed 9: lost: call 0"])
        #expect(series.table.contains("MUST BE 0") && series.table.contains("FAILED: seeds 7, 9"))
    }

    @Test func `a line that only some runs have is there, and a run that could not be made is no success`() {
        var series = Series()
        series.add(verdict(submitted: 10, lost: 0, recovery: 1), seed: 1)
        var other = verdict(submitted: 10, lost: 0, recovery: 1)
        other.demand("something else", ["a"])
        #expect(other.brief.contains("NOT 0: something else 1"))
        var failing = series
        failing.add(other, seed: 2)
        #expect(failing.exitCode == 1 && failing.total["something else"] == 1)
        series.addFailure(seed: 3)
        #expect(series.exitCode == 3 && series.table.contains("COULD NOT BE MADE: seeds 3"))
    }
}
