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
        /// The ``ReplicaBarrier``'s ticket of its submission; 0 before, and where no replicas are waited for.
        var ticket = 0
        /// Whether replicas had confirmed it when another server took over that may not have it; `nil` where it has.
        var wasConfirmed: Bool?
        /// Another server took over after its `XADD` was sent, and a worker may have run it on the one before.
        var mayHaveRun = false
        /// ``ServerClock/boot()`` at which its wait is over.
        var deadline: Int
        /// ``ServerClock/boot()`` until which it must have been started; `nil`: not limited, or looked at already.
        var startBy: Int?
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

    /// A job was put back: who has started once is not bound to start any more.
    mutating func moved(_ id: String, attempt: Int) {
        guard let index = waiters.index(forKey: id) else { return }
        waiters.values[index].job.attempt = attempt
        if attempt > 1 { waiters.values[index].startBy = nil }
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

    mutating func setTicket(_ ticket: Int, of id: String) {
        guard let index = waiters.index(forKey: id) else { return }
        waiters.values[index].ticket = ticket
        waiters.values[index].wasConfirmed = nil
    }

    /// Another server took over.
    ///
    /// - Parameters:
    ///   - isConfirmed: Whether replicas have confirmed what a ticket was taken for.
    ///   - remembersStarts: Whether a job with side effects that the new server does not know was never started; `nil` where no
    ///     server ever forgets.
    mutating func serverChanged(isConfirmed: (Int) -> Bool, remembersStarts: Bool?) {
        for index in waiters.indices {
            if waiters.values[index].wasConfirmed == nil {
                waiters.values[index].wasConfirmed = isConfirmed(waiters.values[index].ticket)
            }
            guard let remembersStarts, waiters.values[index].phase == .inDoubt else { continue }
            if !remembersStarts || waiters.values[index].job.mayRunAgain { waiters.values[index].mayHaveRun = true }
        }
    }

    /// Those whose job lies in a lane, with its entry.
    var accepted: [(Waiter, EntryID)] {
        waiters.values.compactMap { if case .accepted(let entry) = $0.phase { ($0, entry) } else { nil } }
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
            if waiter.deadline <= now {
                expired.append(waiter)
            } else {
                earliest = min(earliest, waiter.deadline, waiter.startBy ?? .max)
            }
        }
        nextDeadline = earliest
        return expired
    }

    /// The waiters whose job must have been started by now. Each is named once, or again from `later` on where its place is not
    /// known yet.
    mutating func late(now: Int, again later: Int) -> [Waiter] {
        var late: [Waiter] = []
        for (id, waiter) in waiters where waiter.ending == nil {
            guard let startBy = waiter.startBy, startBy <= now else { continue }
            if waiter.phase == .sent {
                waiters[id]?.startBy = later
            } else {
                waiters[id]?.startBy = nil
                late.append(waiter)
            }
        }
        return late
    }

    /// Whether a timer has to be set (anew) for `deadline`.
    mutating func needsTimer(for deadline: Int) -> Bool {
        guard deadline < nextDeadline else { return false }
        nextDeadline = deadline
        return true
    }
}
