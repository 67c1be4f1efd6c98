/// What was measured when a worker was killed. Times are in microseconds.
struct RecoveryResult: Sendable, Equatable {
    var lease: Int
    /// The name of the worker, and how many jobs it had.
    var victim: String
    var jobs: Int
    /// From the kill until none of them was its own any more.
    var recovered: Int
    /// From the kill until the service that only it had hosted answered a call that was made after it.
    var served: Int?
    /// Outcomes of calls to services that it hosted, from the kill on.
    var outcomes: [String: Int] = [:]
    /// Of calls to services on other workers: how much longer than their tools they took before the kill, and in the ten seconds after
    /// it; and those that failed then.
    var before: [Int] = []
    var after: [Int] = []
    var errors: [String] = []

    /// The time that is allowed: 12 s with a lease of 9 s, 4 s with one of 3 s.
    var limit: Int { lease * 4_000_000 / 3 }

    /// How many times as long as before the slowest hundredth takes after it.
    var ratio: Double { Double(Self.p99(after)) / Double(max(Self.p99(before), 1)) }

    var isInTime: Bool { jobs > 0 && recovered <= limit }
    var isUnnoticed: Bool { errors.isEmpty && ratio <= 2 && !after.isEmpty && !before.isEmpty }
    var holds: Bool { isInTime && isUnnoticed }

    /// The value that a hundredth of them exceeds; 0 of none.
    static func p99(_ values: [Int]) -> Int {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[min(values.count - 1, values.count * 99 / 100)]
    }

    var text: String {
        func seconds(_ time: Int) -> String { "\(time / 1_000_000).\(String(time % 1_000_000 / 1000 + 1000).dropFirst()) s" }
        func milliseconds(_ time: Int) -> String { "\(time / 1000).\(time % 1000 / 100) ms" }
        func mark(_ holds: Bool) -> String { holds ? "" : "  NOT KEPT" }
        let tenths = Int(ratio * 10)
        let counts = "\(before.count) before, \(after.count) in the ten seconds after; errors \(errors.count), must be 0"
        let slowest = "\(milliseconds(Self.p99(before))) before, \(milliseconds(Self.p99(after))) after"
        let lines = [
            "lease \(lease) s: \(victim) was killed with \(jobs) jobs",
            "  moved or ended after       \(seconds(recovered)), at most \(seconds(limit))\(mark(isInTime))",
            "  its own service answers    \(served.map { "after " + seconds($0) } ?? "no more")",
            "  calls to its services      \(VerdictValue.kinds(outcomes))",
            "  calls to other workers     \(counts)\(mark(errors.isEmpty))",
            "  their p99 beyond the tool  \(slowest): \(tenths / 10).\(tenths % 10) times, at most 2\(mark(ratio <= 2))",
        ]
        return (lines + errors.prefix(20).map { "  error: \($0)" }).joined(separator: "\n")
    }
}
