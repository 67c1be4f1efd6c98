import Testing

@testable import ChaosSuite

@Suite struct `The measurement of a killed worker` {
    private func result() -> RecoveryResult {
        var result = RecoveryResult(lease: 3, victim: "worker-1.1", jobs: 12, recovered: 3_200_000)
        result.before = Array(1...1000)
        result.after = Array(1...1000)
        return result
    }

    @Test func `holds within a lease and a third, without errors, and with at most twice the p99`() {
        #expect(result().holds && result().ratio == 1 && !result().text.contains("NOT KEPT"))
        #expect(result().limit == 4_000_000)
        #expect(RecoveryResult(lease: 9, victim: "w", jobs: 0, recovered: 0).limit == 12_000_000)
    }

    @Test func `does not hold where one of them is broken, or nothing was measured`() {
        let spoilt: [(inout RecoveryResult) -> Void] = [
            { $0.recovered = 4_000_001 }, { $0.jobs = 0 }, { $0.errors = ["one"] }, { $0.after = $0.after.map { $0 * 2 + 10 } },
            { $0.after = [] },
            { $0.before = [] },
        ]
        for spoil in spoilt {
            var result = result()
            spoil(&result)
            #expect(!result.holds)
        }
        var late = result()
        late.recovered = 5_000_000
        #expect(late.text.contains("NOT KEPT") && late.text.contains("5.000 s"))
    }

    @Test func `the p99 is what a hundredth exceeds`() {
        #expect(RecoveryResult.p99([]) == 0 && RecoveryResult.p99([7]) == 7)
        #expect(RecoveryResult.p99(Array((1...1000).shuffled())) == 991)
    }
}
