import NIOConcurrencyHelpers

/// Until when a worker may start jobs, on a clock that counts suspended time: a process that was stopped for longer than its
/// lease knows it before its next start.
package final class LeaseClock: Sendable {
    private let validUntil = NIOLockedValueBox(Int.min)

    package init() {}

    package var isHeld: Bool { ServerClock.boot() < validUntil.withLockedValue { $0 } }

    /// - Parameter sent: ``ServerClock/boot()`` when the renewal was sent, so that the lease never seems longer than it is.
    func renewed(sent: Int, lease: Int) {
        validUntil.withLockedValue { $0 = sent + lease * 1000 }
    }

    func lost() {
        validUntil.withLockedValue { $0 = .min }
    }
}
