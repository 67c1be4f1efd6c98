/// All that was recorded.
struct RecordResult: Sendable {
    var groups: [String: GroupRecord]
    var outcomes: [String: UInt64]
    var examples: [String: [String]]
    var lateness: LatencyHistogram
    var series: [SecondFigures]
}
