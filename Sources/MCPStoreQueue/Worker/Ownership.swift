/// What a worker runs, compared with what Redis says it owns: a state machine without I/O (design section 5, "Own what was
/// delivered").
package struct Ownership: Sendable {
    /// Running jobs by entry.
    package private(set) var running: [EntryID: Delivery] = [:]
    /// Being settled by us: neither running nor lost.
    private var settling: Set<EntryID> = []

    package init() {}

    package mutating func started(_ delivery: Delivery) { running[delivery.entry] = delivery }

    /// Returns the delivery if it was running.
    @discardableResult
    package mutating func settling(_ entry: EntryID) -> Delivery? {
        settling.insert(entry)
        return running.removeValue(forKey: entry)
    }

    package mutating func settled(_ entry: EntryID) { settling.remove(entry) }

    package func isKnown(_ entry: EntryID) -> Bool { running[entry] != nil || settling.contains(entry) }

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
        let lost = asked.filter { running[$0]?.job.laneID == lane && !ours.contains($0) }
        return (neverStarted, Array(lost))
    }
}
