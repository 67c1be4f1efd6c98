import LoadDriver

/// Something that goes wrong, and how it is put right again.
protocol Fault: Sendable {
    /// As `--only` takes it.
    var name: String { get }
    /// What callers may see because of it.
    var tolerance: Tolerance { get }
    /// How long it may last, in milliseconds.
    var lengths: ClosedRange<Int> { get }

    /// What it breaks.
    var part: FaultPart { get }
    /// Whether workers may lose their leases because of it.
    var takesLeases: Bool { get }
    /// Outcomes that calls may have because of it, beside what its tolerance allows.
    var outcomes: Set<String> { get }
    /// Whether Redis may lose what its log had not yet synced.
    var losesUnsynced: Bool { get }

    /// Why it cannot be on this machine; `nil` where it can.
    func obstacle() -> String?

    /// Breaks something.
    ///
    /// - Parameter random: Decides on the victim.
    /// - Returns: What puts it right; called when the fault's time is over, also when the run ends early.
    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo
}

/// Faults of one part come one after another; those of different parts also at the same time.
enum FaultPart: Sendable, CaseIterable { case processes, redis }

extension Fault {
    var takesLeases: Bool { false }
    var outcomes: Set<String> { [] }
    var losesUnsynced: Bool { false }
    func obstacle() -> String? { nil }
}

/// Puts right what a fault broke.
typealias Undo = @Sendable () async throws -> Void
