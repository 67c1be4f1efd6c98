import DequeModule
import NIOCore

/// What one connection owes to whom, without any I/O: written commands wait in slots for their replies, first in, first out.
///
/// `Context` is what the owner wants back with a reply. Each context that goes in comes out exactly once: with its reply, by
/// ``cancel(id:)``, by ``hitDeadline(now:)`` or by ``closed()``. A slot whose context left early is *abandoned*: it stays, so
/// that its reply is swallowed and the replies behind it still find their slots.
struct ConnectionStateMachine<Context>: ~Copyable {
    private struct Slot {
        let id: UInt64
        /// `nil` once abandoned.
        var context: Context?
        let writtenAt: NIODeadline
        let deadline: NIODeadline
    }

    private enum Phase {
        /// The replies that come belong to the handshake.
        case handshaking
        case active
        /// Nothing is written any more; the connection ends when the last slot is answered or at the deadline.
        case draining(reason: RedisError, deadline: NIODeadline)
        case closed
    }

    /// What to do with a reply.
    enum ReplyAction {
        /// It belongs to the handshake.
        case handshake
        /// It answers this command.
        case complete(Context)
        /// Nobody waits for it any more.
        case swallow
        /// Nothing was asked: the peer is broken, close the connection.
        case unsolicited
        /// The connection is closed already.
        case ignore
    }

    /// What to do at a deadline.
    struct DeadlineAction {
        /// Commands whose deadline has passed; their slots are abandoned.
        var expired: [Context] = []
        /// Why the connection is to be closed, if it is.
        var close: CloseReason?
    }

    /// Why a deadline ends a connection.
    enum CloseReason {
        /// The oldest command is overdue and the peer sent nothing at all for long: it is gone without a word.
        case silent
        /// The connection was draining for this reason.
        case drained(RedisError)
    }

    private var phase = Phase.handshaking
    private var slots = Deque<Slot>()
    private var lastBytes = NIODeadline.uptimeNanoseconds(0)
    private let silenceLimit: TimeAmount
    private let maximumSlots: Int

    /// Makes the state of a connection that has just been opened.
    /// - Parameters:
    ///   - silenceLimit: how long the peer may send nothing while its oldest command is overdue.
    ///   - maximumSlots: the most commands that may wait for replies.
    init(silenceLimit: TimeAmount, maximumSlots: Int = 65_536) {
        self.silenceLimit = silenceLimit
        self.maximumSlots = maximumSlots
    }

    /// Whether a command may be written now.
    var mayWrite: Bool {
        if case .active = self.phase { self.slots.count < self.maximumSlots } else { false }
    }

    /// Whether the handshake is still going on.
    var isHandshaking: Bool { if case .handshaking = self.phase { true } else { false } }

    /// The number of commands that wait for a reply, abandoned ones included.
    var waitingCount: Int { self.slots.count }

    /// The connection drains and nothing is left to wait for: close it for this reason.
    var drainedReason: RedisError? {
        if case .draining(let reason, _) = self.phase, self.slots.isEmpty { reason } else { nil }
    }

    /// The earliest moment at which ``hitDeadline(now:)`` has something to do.
    var nextDeadline: NIODeadline? {
        var next: NIODeadline?
        for slot in self.slots where slot.context != nil { next = min(next ?? slot.deadline, slot.deadline) }
        if let silence = self.silenceDeadline { next = min(next ?? silence, silence) }
        if case .draining(_, let deadline) = self.phase { next = min(next ?? deadline, deadline) }
        return next
    }

    /// When the peer counts as gone unless it sends something: never before the oldest command is overdue, because that one
    /// may be a blocking read.
    private var silenceDeadline: NIODeadline? {
        guard let head = self.slots.first else { return nil }
        return max(head.deadline, max(head.writtenAt, self.lastBytes) + self.silenceLimit)
    }

    /// The handshake has succeeded.
    mutating func handshakeCompleted() {
        guard case .handshaking = self.phase else { return }
        self.phase = .active
    }

    /// A command was written; ids grow from command to command.
    mutating func wrote(_ context: Context, id: UInt64, now: NIODeadline, deadline: NIODeadline) {
        precondition(self.mayWrite, "a command was written to a connection that takes none")
        self.slots.append(Slot(id: id, context: context, writtenAt: now, deadline: deadline))
    }

    /// Bytes arrived: the peer is alive.
    mutating func receivedBytes(now: NIODeadline) {
        self.lastBytes = now
    }

    /// A complete reply arrived.
    mutating func receivedReply() -> ReplyAction {
        switch self.phase {
        case .handshaking: return .handshake
        case .closed: return .ignore
        case .active, .draining:
            guard let slot = self.slots.popFirst() else { return .unsolicited }
            guard let context = slot.context else { return .swallow }
            return .complete(context)
        }
    }

    /// The caller of a written command gives up. Returns its context, or `nil` if it is not waiting here.
    mutating func cancel(id: UInt64) -> Context? {
        // Ids grow along the slots.
        var low = 0
        var high = self.slots.count
        while low < high {
            let middle = (low + high) / 2
            if self.slots[middle].id < id { low = middle + 1 } else { high = middle }
        }
        guard low < self.slots.count, self.slots[low].id == id else { return nil }
        return self.slots[low].context.take()
    }

    /// Nothing shall be written any more; the connection ends with the last reply that is due, or at `deadline`.
    mutating func drain(reason: RedisError, deadline: NIODeadline) {
        guard case .active = self.phase else { return }
        self.phase = .draining(reason: reason, deadline: deadline)
    }

    /// The timer fired.
    mutating func hitDeadline(now: NIODeadline) -> DeadlineAction {
        var action = DeadlineAction()
        // Before the contexts are taken: the head's deadline counts also for an abandoned slot.
        if let silence = self.silenceDeadline, silence <= now { action.close = .silent }
        if case .draining(let reason, let deadline) = self.phase, deadline <= now { action.close = .drained(reason) }
        for position in self.slots.indices where self.slots[position].deadline <= now {
            if let context = self.slots[position].context.take() { action.expired.append(context) }
        }
        return action
    }

    /// The connection has ended. Returns the contexts that never got a reply, oldest first; later calls return none.
    mutating func closed() -> [Context] {
        self.phase = .closed
        let left = self.slots.compactMap(\.context)
        self.slots.removeAll()
        return left
    }
}
