/// What calls of one service, tool or tenant may use of it over the whole cluster.
package struct CallLimit: Codable, Sendable, Equatable {
    /// Calls that run at the same time.
    package var concurrency: Int?
    /// Calls that start a second, in the long run. A call with a cost counts as so many.
    package var rate: Double?
    /// Calls that may start at once after a pause; by default those of one second, and at least one.
    package var burst: Int?

    package static let allowedConcurrency = 1...1_000_000
    package static let allowedRates = 0.001...1_000_000.0
    package static let allowedBursts = 1...1_000_000

    package init(concurrency: Int? = nil, rate: Double? = nil, burst: Int? = nil) {
        self.concurrency = concurrency
        self.rate = rate
        self.burst = burst
    }

    /// Whether it limits nothing.
    package var isEmpty: Bool { concurrency == nil && rate == nil }

    /// The burst that is in force; 0 where the rate is not limited.
    package var capacity: Int {
        guard let rate else { return 0 }
        let usual = max(Int(min(rate, Self.allowedRates.upperBound).rounded(.up)), 1)
        return min(max(burst ?? usual, 1), Self.allowedBursts.upperBound)
    }

    /// The same with numbers that are out of range brought into it: whoever writes to Redis without us is held to it.
    package var plausible: CallLimit {
        var limit = self
        limit.concurrency = concurrency.map { min(max($0, 1), Self.allowedConcurrency.upperBound) }
        limit.rate = rate.map { $0.isFinite ? min(max($0, Self.allowedRates.lowerBound), Self.allowedRates.upperBound) : 1 }
        limit.burst = burst.map { min(max($0, 1), Self.allowedBursts.upperBound) }
        return limit
    }
}
