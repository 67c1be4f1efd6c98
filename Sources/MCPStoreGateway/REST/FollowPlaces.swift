import MCPStoreQueue
import NIOConcurrencyHelpers

/// The event streams and long polls that a gateway has open, by principal: each one asks Redis again and again.
final class FollowPlaces: Sendable {
    /// The most of one principal, in one gateway.
    static let most = 64
    /// Seconds after which a refused one may be worth to try again.
    static let retryAfter = 5

    private let most: Int
    private let open = NIOLockedValueBox<[String: Int]>([:])

    init(most: Int = FollowPlaces.most) { self.most = most }

    /// How many places are taken, by all principals.
    var taken: Int { open.withLockedValue { $0.values.reduce(0, +) } }

    /// Takes a place. It is given back when it is ended, or by nobody held any more.
    ///
    /// - Throws: ``Problem`` 429 where the principal has all that it may have.
    func enter(_ principal: Principal) throws(Problem) -> Place {
        let id = principal.id
        let isTaken = open.withLockedValue { open in
            guard open[id, default: 0] < most else { return false }
            open[id, default: 0] += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                429,
                "busy",
                "'\(principal.name)' has \(most) event streams and long polls open at this gateway, as many as it may: "
                    + "end some of them, or ask without 'wait'",
                retryAfter: Self.retryAfter
            )
        }
        return Place(of: id, in: self)
    }

    fileprivate func leave(_ id: String) {
        open.withLockedValue { open in
            // Who has none takes no memory.
            if let count = open[id] { open[id] = count > 1 ? count - 1 : nil }
        }
    }

    /// A place that is taken.
    final class Place: Sendable {
        private let id: String
        private let places: FollowPlaces
        private let isOpen = NIOLockedValueBox(true)

        fileprivate init(of id: String, in places: FollowPlaces) {
            self.id = id
            self.places = places
        }

        // Also where a stream was never begun, because its client went first.
        deinit { end() }

        /// Gives it back; more than once is the same.
        func end() {
            let wasOpen = isOpen.withLockedValue { isOpen in
                defer { isOpen = false }
                return isOpen
            }
            if wasOpen { places.leave(id) }
        }
    }
}
