import Synchronization

/// Asks both sides of the floor to end before their time, so that nothing is written after the streams were removed.
final class FloorStop: Sendable {
    private let isRequested = Atomic(false)

    func request() { isRequested.store(true, ordering: .releasing) }

    /// - Throws: `CancellationError` once it was requested.
    func check() throws { if isRequested.load(ordering: .acquiring) { throw CancellationError() } }
}
