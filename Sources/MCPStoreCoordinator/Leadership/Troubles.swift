import MCPStoreQueue
import NIOConcurrencyHelpers

/// What failed lately, so that the same trouble is one warning.
final class Troubles: Sendable {
    private static let most = 1000

    private let known = NIOLockedValueBox<Set<String>>([])

    init() {}

    /// Returns whether it is worth a warning.
    func began(_ trouble: String) -> Bool {
        known.withLockedValue { known in
            known.count < Self.most && known.insert(trouble).inserted
        }
    }

    func ended(_ trouble: String) {
        known.withLockedValue { _ = $0.remove(trouble) }
    }
}
