/// Several runs and their sum.
struct Series: Sendable {
    private(set) var total = Verdict()
    private(set) var seeds: [UInt64] = []
    /// Seeds of runs in which something did not hold.
    private(set) var broken: [UInt64] = []
    /// Seeds of runs that could not be made.
    private(set) var failures: [UInt64] = []

    mutating func add(_ verdict: Verdict, seed: UInt64) {
        seeds.append(seed)
        if !verdict.holds { broken.append(seed) }
        total.add(verdict, "seed \(seed)")
    }

    mutating func addFailure(seed: UInt64) { failures.append(seed) }

    /// `nil` where everything held.
    var exitCode: Int32? {
        if !broken.isEmpty || !total.holds { return 1 }
        return failures.isEmpty ? nil : 3
    }

    var table: String {
        func list(_ seeds: [UInt64]) -> String { seeds.map(String.init).joined(separator: ", ") }
        var lines = ["\(seeds.count) runs in all, seeds \(list(seeds)):", total.text]
        if !broken.isEmpty { lines.append("FAILED: seeds \(list(broken))") }
        if !failures.isEmpty { lines.append("COULD NOT BE MADE: seeds \(list(failures))") }
        return lines.joined(separator: "\n")
    }
}
