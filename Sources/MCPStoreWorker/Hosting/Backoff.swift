/// How long to wait before a server is started anew: doubling with jitter, never more than half a minute.
package struct Backoff: Sendable, Equatable {
    package static let first = 500
    package static let longest = 30_000

    /// Failures since it was last healthy.
    package private(set) var failures = 0

    package init() {}

    /// - Parameter jitter: 0…1.
    /// - Returns: Milliseconds.
    package mutating func next(jitter: Double) -> Int {
        let full = min(Self.first << min(failures, 10), Self.longest)
        failures += 1
        return full / 2 + Int(Double(full / 2) * jitter)
    }

    package mutating func reset() { failures = 0 }
}
