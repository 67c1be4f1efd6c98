/// How much somebody may ask of all gateways of a cluster together.
package struct AccessLimits: Codable, Sendable, Hashable {
    /// Requests a second, over a longer time; `nil`: not limited.
    package var rate: Double?
    /// Requests that may come at once; `nil`: those of one second, at least one.
    package var burst: Int?
    /// Requests that may be unanswered at the same time; `nil`: not limited.
    package var inFlight: Int?

    package init(rate: Double? = nil, burst: Int? = nil, inFlight: Int? = nil) {
        self.rate = rate
        self.burst = burst
        self.inFlight = inFlight
    }

    package var isEmpty: Bool { rate == nil && inFlight == nil }

    /// Whether the numbers are possible: a rate from one a day to a million a second, the others from 1 to a million.
    package var isValid: Bool {
        rate.map { (1 / 86_400.0...1_000_000).contains($0) } != false && burst.map { (1...1_000_000).contains($0) } != false
            && inFlight.map { (1...1_000_000).contains($0) } != false && (burst == nil || rate != nil)
    }

    /// How many may come at once; `nil` without a rate.
    package var effectiveBurst: Int? { rate.map { burst ?? max(1, Int(plausible: $0)) } }

    /// What is said here, and of the rest what `others` say. A burst belongs to its rate.
    package func over(_ others: AccessLimits?) -> AccessLimits {
        guard let others else { return self }
        return AccessLimits(
            rate: rate ?? others.rate,
            burst: rate == nil ? others.burst : burst,
            inFlight: inFlight ?? others.inFlight
        )
    }
}
