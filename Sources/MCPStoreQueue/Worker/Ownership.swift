/// What a worker runs, compared with what Redis says it owns: a state machine without I/O (design section 5, "Own what was
/// delivered").
package struct Ownership: Sendable {
    /// What becomes of an entry that was delivered. The first two occupy a slot of the worker.
    private enum Phase {
        case running
        /// No longer ours: it is being cancelled.
        case lost
        /// Being settled by us: neither running nor lost.
        case settling
    }

    private var phases: [EntryID: Phase] = [:]
    /// Those that have given their slot back although they run.
    private var parked: Set<EntryID> = []

    package init() {}

    /// The entries that run.
    package var running: Set<EntryID> { Set(phases.lazy.filter { $0.value == .running }.map(\.key)) }

    package var isIdle: Bool { !phases.values.contains(.running) }

    package func isRunning(_ entry: EntryID) -> Bool { phases[entry] == .running }

    package func isKnown(_ entry: EntryID) -> Bool { phases[entry].map { $0 != .lost } ?? false }

    /// Notes a delivery.
    ///
    /// - Returns: `false` where it is known already, and nothing has changed.
    package mutating func started(_ entry: EntryID) -> Bool {
        switch phases.updateValue(.running, forKey: entry) {
        case nil, .lost: return true
        case .running: return false
        case .settling:
            phases[entry] = .settling
            return false
        }
    }

    /// Notes that it is being settled.
    ///
    /// - Returns: Whether it occupied a slot until now.
    package mutating func settling(_ entry: EntryID) -> Bool {
        let isParked = !parked.isEmpty && parked.remove(entry) != nil
        return switch phases.updateValue(.settling, forKey: entry) {
        case .running, .lost: !isParked
        case .settling, nil: false
        }
    }

    /// It waits for another one, and needs no slot.
    ///
    /// - Returns: Whether it occupied one until now.
    package mutating func park(_ entry: EntryID) -> Bool { isRunning(entry) && parked.insert(entry).inserted }

    /// How many entries of a lane's pending list are to be read, so that what was lost is not hidden behind what is known. Parked
    /// entries are pending without a slot; as many as the worker has slots may be on their way, and as many may be lost.
    package func reviewLimit(slots: Int) -> Int { phases.count + slots * 2 }

    package mutating func settled(_ entry: EntryID) { phases[entry] = nil }

    /// Somebody else has settled it.
    package mutating func lost(_ entry: EntryID) { if phases[entry] != nil { phases[entry] = .lost } }

    /// Compares the pending list of a lane with what runs.
    ///
    /// - Parameters:
    ///   - pending: Entries that Redis says are ours, with how long ago they were delivered, in milliseconds.
    ///   - grace: Younger unknown entries may still be on their way to us.
    ///   - asked: Entries that were running when the list was asked for; younger ones cannot be missing from it.
    /// - Returns: entries that were never started, and running ones that are no longer ours.
    package func compare(
        _ lane: LaneID,
        pending: [(entry: EntryID, idle: Int)],
        grace: Int,
        asked: Set<EntryID>
    ) -> (neverStarted: [EntryID], lost: [EntryID]) {
        let ours = Set(pending.map(\.entry))
        let neverStarted = pending.filter { $0.idle >= grace && !isKnown($0.entry) }.map(\.entry)
        let lost = asked.filter { $0.lane == lane && isRunning($0) && !ours.contains($0) }
        return (neverStarted, Array(lost))
    }
}
