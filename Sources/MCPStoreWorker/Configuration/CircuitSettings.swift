import MCPStoreQueue

/// When a service is not called for a while: the member `circuit` of its configuration.
package struct CircuitSettings: Codable, Sendable, Equatable {
    /// Calls that failed on their way and starts of a session that failed, in a row and on one worker, after which it opens; 5 by default.
    package var failures: Int?
    /// How long it is open before one call is tried, in milliseconds; twice as long each time that fails; 10,000 by default.
    package var openMs: Int?

    package static let allowedFailures = 1...1_000_000
    package static let allowedTimes = 100...3_600_000
    /// However often the call that is tried fails.
    static let longestTime = 300_000

    package init() {}

    package var limit: Int { (failures ?? 5).clamped(to: Self.allowedFailures) }
    package var time: Int { (openMs ?? 10_000).clamped(to: Self.allowedTimes) }
}
