/// One line of a terminal that shows how a run goes.
package struct ProgressLine: Sendable {
    private let figures: LiveFigures
    private let extra: String?

    /// - Parameter extra: Such as `queue 1,024`.
    package init(_ figures: LiveFigures, extra: String? = nil) {
        self.figures = figures
        self.extra = extra
    }

    /// At most so many characters: what matters least is left out where there is no room.
    package func text(width: Int) -> String {
        let errors = figures.errors > 0 ? "\(Units.count(figures.errors)) errors" : nil
        // In the order in which they are shown; a higher number goes first.
        var parts: [(text: String?, rank: Int)] = [
            (phase, 2), (Units.rate(figures.rate), 0), ("\(Units.count(figures.inFlight)) in flight", 4),
            (figures.p50.map { "p50 \(Units.duration(microseconds: $0))" }, 5),
            (figures.p99.map { "p99 \(Units.duration(microseconds: $0))" }, 3), (errors, 1), (extra, 6),
        ].filter { $0.text != nil }
        while parts.count > 1, joined(parts).count > width {
            let least = parts.map(\.rank).max()
            parts.removeAll { $0.rank == least }
        }
        return String(joined(parts).prefix(max(width, 0)))
    }

    private func joined(_ parts: [(text: String?, rank: Int)]) -> String {
        parts.compactMap(\.text).joined(separator: "  ")
    }

    private var phase: String {
        let elapsed = Units.fixed(min(figures.elapsed, figures.length), 0)
        return switch figures.phase {
        case .warmUp: "warm-up \(elapsed)/\(Units.seconds(figures.length))"
        case .measuring: "\(elapsed)/\(Units.seconds(figures.length))"
        case .draining: "waiting for the last calls \(elapsed)/\(Units.seconds(figures.length))"
        }
    }
}
