import NIOConcurrencyHelpers

/// How many requests this gateway has answered, by class of path and status.
final class RequestCounts: Sendable {
    /// What a request is about. Paths are no labels: there may be any number of them.
    enum PathClass: String, Sendable, CaseIterable {
        case mcp, rest, metrics, health, other

        init(_ path: String) {
            if path.hasPrefix("/mcp") {
                self = .mcp
            } else if path.hasPrefix("/api/") {
                self = .rest
            } else if path == "/metrics" {
                self = .metrics
            } else {
                self = path == "/healthz" || path == "/readyz" ? .health : .other
            }
        }
    }

    struct Key: Hashable, Sendable {
        let path: PathClass
        let status: Int
    }

    private let counts = NIOLockedValueBox<(answered: [Key: Int], open: Int)>(([:], 0))

    var answered: [Key: Int] { counts.withLockedValue { $0.answered } }
    /// Requests whose response has not begun.
    var open: Int { counts.withLockedValue { $0.open } }

    func begin() { counts.withLockedValue { $0.open += 1 } }

    func end(_ path: PathClass, status: Int) {
        counts.withLockedValue { counts in
            counts.open -= 1
            counts.answered[Key(path: path, status: status), default: 0] += 1
        }
    }
}
