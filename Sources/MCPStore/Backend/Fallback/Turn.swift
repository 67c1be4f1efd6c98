import NIOConcurrencyHelpers

/// Something that is done by one at a time; who comes meanwhile goes away.
final class Turn: Sendable {
    private let isTaken = NIOLockedValueBox(false)

    /// - Returns: Whether it is the caller's turn; ``end()`` must follow then.
    func beginsWhenIdle() -> Bool {
        isTaken.withLockedValue { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func end() { isTaken.withLockedValue { $0 = false } }
}
