import Foundation

/// What a search for the highest rate has found; its JSON is described in `docs/loadtest.md`.
package struct RateSearchReport: Encodable, Sendable {
    /// The highest rate that held, in calls a second; `null` where none did.
    package var rate: Double?
    /// Whether the highest rate that was allowed held, so that the true answer may be higher.
    package var isLimited: Bool
    package var objectives: [String]
    /// In the order in which they were tried.
    package var trials: [RateTrial]

    private enum CodingKeys: CodingKey { case rate, isLimited, objectives, trials }

    package init(rate: Double?, isLimited: Bool, objectives: [String], trials: [RateTrial]) {
        self.rate = rate
        self.isLimited = isLimited
        self.objectives = objectives
        self.trials = trials
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        // Also where it is null: a reader need not tell a rate of nothing from a member that is missing.
        try container.encode(rate, forKey: .rate)
        try container.encode(isLimited, forKey: .isLimited)
        try container.encode(objectives, forKey: .objectives)
        try container.encode(trials, forKey: .trials)
    }

    /// - Returns: One line with sorted members.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// The answer in a sentence.
    package var text: String {
        guard let rate else { return "the objective did not hold at any rate that was tried" }
        let more = isLimited ? ", the highest that was to be tried: more may be possible" : ""
        return "highest rate that holds: \(Units.rate(rate))\(more)"
    }
}
