/// What flooded while others were measured.
package struct FloodFigures: Encodable, Sendable, Equatable {
    /// Calls that were kept in flight.
    package var inFlight: Int
    package var lane: String
    /// Calls a second that were answered with `ok`.
    package var rate: Double
    /// What it had queued before and after the others were measured; nothing where it had only calls in flight.
    package var queued: Queued?

    package struct Queued: Encodable, Sendable, Equatable {
        package var before: Int
        package var after: Int

        package init(before: Int, after: Int) { (self.before, self.after) = (before, after) }
    }

    /// By kind, as in the result of a run.
    package var outcomes: [String: Int]

    package init(inFlight: Int, lane: String, seconds: Double, outcomes: [String: Int]) {
        self.inFlight = inFlight
        self.lane = lane
        self.outcomes = outcomes
        rate = seconds > 0 ? (Double(outcomes[Outcomes.ok] ?? 0) / seconds * 10).rounded() / 10 : 0
    }

    /// In a sentence, with what failed: a flood that was refused floods nothing.
    var text: String {
        let failed = outcomes.filter { $0.key != Outcomes.ok }.sorted { $0.key < $1.key }.map {
            "\(Units.count($0.value)) \($0.key)"
        }
        var start = "flood: \(Units.count(inFlight)) \(lane) calls in flight, \(Units.rate(rate)) answered"
        if let queued {
            start = "flood: \(Units.count(queued.before)) queued \(lane) jobs before, \(Units.count(queued.after)) after"
            if queued.after == 0 { start += ", WARNING: it ended before the others were measured" }
        }
        return failed.isEmpty ? start : "\(start), WARNING: \(failed.joined(separator: ", "))"
    }
}
