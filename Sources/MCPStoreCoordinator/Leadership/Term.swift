import MCPStoreQueue
import NIOConcurrencyHelpers

/// One time in office of this coordinator: from the moment Redis said that it leads until its lease, as counted here, is over.
/// A term that is over never begins again.
final class Term: Sendable {
    let leadership: Leadership
    /// ``ServerClock/boot()``, which counts suspended time: a process that was stopped knows it before its next step.
    private let validUntil: NIOLockedValueBox<Int>

    /// - Parameter sent: When the question was sent, so that the lease never seems longer than it is. Microseconds since boot.
    init(_ leadership: Leadership, sent: Int, lease: Int) {
        self.leadership = leadership
        validUntil = NIOLockedValueBox(sent + lease)
    }

    var isHeld: Bool { ServerClock.boot() < validUntil.withLockedValue { $0 } }

    /// Returns false where it was over before: then another term has to begin.
    func renew(sent: Int, lease: Int) -> Bool {
        validUntil.withLockedValue { validUntil in
            guard ServerClock.boot() < validUntil else { return false }
            validUntil = max(validUntil, sent + lease)
            return true
        }
    }

    func end() {
        validUntil.withLockedValue { $0 = .min }
    }

    /// To be asked before each step.
    ///
    /// - Throws: ``QueueError`` (`stopped`) when the term is over, or the task is cancelled.
    func verify() throws(QueueError) {
        guard isHeld, !Task.isCancelled else { throw QueueError(.stopped, "this coordinator does not lead any more") }
    }
}
