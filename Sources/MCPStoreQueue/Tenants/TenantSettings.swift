/// What an operator has said of a tenant, which is a namespace: its part of the cluster, and its limits.
package struct TenantSettings: Codable, Sendable, Equatable {
    /// Its part of what several want, beside the weights of the others; 1 where nothing is said.
    package var weight: Double?
    /// Calls that are queued or run in one of its spaces, above which new ones are refused as `busy`.
    package var maxQueued: Int?
    /// Calls that run at the same time, over the whole cluster.
    package var maxRunning: Int?
    /// Calls that start a second, over the whole cluster, in the long run.
    package var rate: Double?
    /// Calls that may start at once after a pause.
    package var burst: Int?
    /// When and by whom it was said.
    package var updated: String?
    package var by: String?

    package static let allowedWeights = 0.001...1000.0

    package init() {}

    /// Whether nothing is said but by whom.
    package var isEmpty: Bool { weight == nil && maxQueued == nil && limit.isEmpty }

    package var limit: CallLimit { CallLimit(concurrency: maxRunning, rate: rate, burst: burst).plausible }

    /// The weight that is in force.
    package var share: Double {
        guard let weight, weight.isFinite else { return 1 }
        return min(max(weight, Self.allowedWeights.lowerBound), Self.allowedWeights.upperBound)
    }
}
