import NIOCore

/// The calls of this process that wait for their outcome: a state machine without I/O.
///
/// A waiter is registered before its job is sent, so that no outcome can come too early, and is taken out exactly once.
struct Waiters {
    typealias Completion = @Sendable (Result<Outcome, QueueError>) -> Void

    struct Waiter {
        enum Phase: Equatable {
            /// The XADD is on its way.
            case sent
            /// Redis confirmed it: the entry where it lies.
            case accepted(EntryID)
            /// Another job runs under the same idempotency key: its end is waited for.
            case attached
            /// It lies in the sorted set of delayed jobs.
            case delayed
            /// The XADD may have been executed: the connection was lost before its reply.
            case inDoubt
        }

        var job: Job
        var phase: Phase = .sent
        /// Whether running it twice at the same time does no harm: its tool or its operator says so. A key is no such word.
        var isHarmless = false
        /// ``ServerClock/boot()`` at which its wait is over.
        var deadline: Int
        /// The inbox was deleted while its submission was in doubt.
        var hasLostInbox = false
        /// Its wait is over and it is being settled, as this kind.
        var ending: OutcomeKind?
        var onProgress: (@Sendable (ByteBuffer) -> Void)?
        var completion: Completion
    }

    private(set) var waiters: [String: Waiter] = [:]
    private(set) var bytes = 0
    private var attachedCount = 0
    /// No deadline is earlier than this.
    private(set) var nextDeadline = Int.max

    init() {}

    var count: Int { waiters.count }

    mutating func register(_ waiter: Waiter) {
        waiters[waiter.job.id] = waiter
        bytes += waiter.job.parameters.readableBytes
    }

    subscript(id: String) -> Waiter? { waiters[id] }

    /// Notes where a job lies now. A waiter that is gone stays gone.
    ///
    /// - Returns: As which it is being ended, if it is.
    @discardableResult
    mutating func setPhase(_ phase: Waiter.Phase, of id: String) -> OutcomeKind? {
        guard let index = waiters.index(forKey: id) else { return nil }
        if waiters.values[index].phase == .attached { attachedCount -= 1 }
        if phase == .attached { attachedCount += 1 }
        waiters.values[index].phase = phase
        return waiters.values[index].ending
    }

    /// Takes a waiter out: whoever gets it completes it.
    mutating func take(_ id: String) -> Waiter? {
        guard let waiter = waiters.removeValue(forKey: id) else { return nil }
        bytes -= waiter.job.parameters.readableBytes
        if waiter.phase == .attached { attachedCount -= 1 }
        return waiter
    }

    mutating func takeAll(where condition: (Waiter) -> Bool = { _ in true }) -> [Waiter] {
        waiters.values.filter(condition).compactMap { take($0.job.id) }
    }

    /// Begins to end a waiter: it is settled as `kind`. `nil` where it is gone or ending already.
    mutating func beginEnding(_ id: String, as kind: OutcomeKind) -> Waiter? {
        guard let waiter = waiters[id], waiter.ending == nil else { return nil }
        waiters[id]?.ending = kind
        return waiters[id]
    }

    var attached: [Waiter] { attachedCount == 0 ? [] : waiters.values.filter { $0.phase == .attached } }

    var inDoubt: [Waiter] { waiters.values.filter { $0.phase == .inDoubt } }

    /// Notes that an outcome of those in doubt may have been deleted.
    ///
    /// - Returns: Them.
    mutating func loseInbox() -> [Waiter] {
        for (id, waiter) in waiters where waiter.phase == .inDoubt { waiters[id]?.hasLostInbox = true }
        return inDoubt
    }

    /// The waiters whose deadline has passed and that nobody is ending yet. Looks at all only when the earliest deadline
    /// may have come, so that calls that are answered in time cost no timer.
    mutating func expired(now: Int) -> [Waiter] {
        var earliest = Int.max
        var expired: [Waiter] = []
        for waiter in waiters.values where waiter.ending == nil {
            if waiter.deadline <= now { expired.append(waiter) } else { earliest = min(earliest, waiter.deadline) }
        }
        nextDeadline = earliest
        return expired
    }

    /// Whether a timer has to be set (anew) for `deadline`.
    mutating func needsTimer(for deadline: Int) -> Bool {
        guard deadline < nextDeadline else { return false }
        nextDeadline = deadline
        return true
    }
}
