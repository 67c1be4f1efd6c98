/// What became of the jobs of a dead worker.
struct RecoveryCount: Sendable, Equatable {
    /// Run again elsewhere.
    var moved = 0
    /// Got their outcome.
    var ended = 0
    /// Somebody else settled them meanwhile.
    var notOurs = 0

    mutating func add(_ other: RecoveryCount) {
        moved += other.moved
        ended += other.ended
        notOurs += other.notOurs
    }
}
