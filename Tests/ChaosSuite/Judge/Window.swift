/// The calls that were under way when Redis may have lost what its log had not yet synced, and what is wrong with them.
struct Window {
    /// How long before its end Redis may have confirmed what is lost: its log is synced each second, and a write may be put off for
    /// as long as one sync takes, two seconds at most. In microseconds.
    static let length = 3_000_000

    /// What such cases are, where the line says more than is meant.
    private static let names = ["wrong answers": "run or answered, and forgotten"]

    /// What is wrong with these calls, by the line where it would have stood.
    private(set) var counts: [String: Int] = [:]
    private var runs: Set<String> = []

    /// - Parameter times: When Redis died, until it was back; `nil` or none: nothing is excused.
    init(_ times: [ClosedRange<Int>]?, _ calls: [CallerLedger.Call]) {
        guard let times, !times.isEmpty else { return }
        for call in calls {
            let end = call.endings.first?.at ?? .max
            if times.contains(where: { call.submitted <= $0.upperBound && end >= $0.lowerBound - Self.length }) {
                runs.insert(call.call.run)
            }
        }
    }

    /// Counts what is excused.
    ///
    /// - Returns: What is not.
    mutating func without(_ cases: [Case], _ title: String) -> [String] {
        let left = cases.filter { !($0.run.map(runs.contains) ?? false) }
        counts[Self.names[title] ?? title, default: 0] += cases.count - left.count
        return left.map(\.text)
    }
}
