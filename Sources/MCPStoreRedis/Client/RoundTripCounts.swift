import NIOConcurrencyHelpers

/// How often this process asked Redis something, and how long it took until the answer was there, waiting for the connection included.
/// Reads that block until something comes are left out: they take as long as they are told to.
package struct RoundTripCounts: Sendable, Equatable {
    /// Upper bounds in microseconds; what took longer is counted in ``count`` only.
    package static let bounds = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    ]

    /// How many took at most so long and longer than the bound before.
    package private(set) var buckets = [Int](repeating: 0, count: RoundTripCounts.bounds.count)
    package private(set) var count = 0
    /// Microseconds of all of them.
    package private(set) var sum = 0
    /// Those of them that ended with an error, of Redis or of the connection.
    package private(set) var failures = 0

    package init() {}

    mutating func add(microseconds: Int, isFailure: Bool) {
        count += 1
        sum += max(microseconds, 0)
        if isFailure { failures += 1 }
        if let bucket = Self.bounds.firstIndex(where: { microseconds <= $0 }) { buckets[bucket] += 1 }
    }

    mutating func add(_ other: RoundTripCounts) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
        sum += other.sum
        failures += other.failures
    }

    mutating func clear() {
        for index in buckets.indices { buckets[index] = 0 }
        (count, sum, failures) = (0, 0, 0)
    }

    private static let all = NIOLockedValueBox(RoundTripCounts())

    /// Of all connections of this process. What a connection has counted is told a moment later, with its next commands.
    package static var ofProcess: RoundTripCounts { all.withLockedValue { $0 } }

    /// Tells what one connection has counted.
    static func tell(_ counts: RoundTripCounts) { all.withLockedValue { $0.add(counts) } }
}
