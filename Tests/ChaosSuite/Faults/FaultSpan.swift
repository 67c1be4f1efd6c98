/// When a fault really happened, by ``Microseconds``.
struct FaultSpan: Equatable, Sendable {
    var name: String
    var tolerance: Tolerance
    var from: Int
    /// When it was undone.
    var to: Int
    /// Outcomes that calls may have because of it, beside what its tolerance allows.
    var outcomes: Set<String> = []
    /// Whether Redis may lose what its log had not yet synced.
    var losesUnsynced = false
}
