import NIOConcurrencyHelpers

/// The right of one request to be answered. It holds a place until it is ended, or nobody has it any more.
final class Permit: Sendable {
    private let leave: NIOLockedValueBox<(@Sendable () -> Void)?>

    init(_ leave: (@Sendable () -> Void)?) { self.leave = NIOLockedValueBox(leave) }

    /// Gives the place back. Harmless when it is repeated.
    func end() {
        let leave = leave.withLockedValue { leave in
            defer { leave = nil }
            return leave
        }
        leave?()
    }

    deinit { end() }
}
