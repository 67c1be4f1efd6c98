/// When a fault really happened, by ``Microseconds``.
struct FaultSpan: Equatable, Sendable {
    var name: String
    var tolerance: Tolerance
    var from: Int
    /// When it was undone.
    var to: Int
}
