import Foundation

/// Latency over percentile, with as much room for each further nine: the plot of HdrHistogram.
struct PercentilePlot: Sendable {
    let report: LoadReport
    let old: LoadReport?

    /// Nothing where no latency was recorded.
    var markup: Markup? {
        let lines = [old.map { Self.lines($0, isDashed: true) } ?? [], Self.lines(report, isDashed: false)].flatMap { $0 }
        let values = lines.flatMap(\.points).map(\.y).filter { $0 > 0 }
        guard let least = values.min(), let most = values.max() else { return nil }
        let end = lines.flatMap(\.points).map(\.x).max() ?? 1
        return Plot(
            title: "Latency by percentile",
            // The dashed lines are drawn first, below; the legend starts with this run.
            lines: lines.filter { !$0.isDashed } + lines.filter(\.isDashed),
            x: .linear(0...max(end, 1)),
            y: .logarithmic(PlotScale.rounding(least, most)),
            xTicks: Self.ticks.filter { $0.value <= max(end, 1) + 0.01 },
            yLabel: { Units.tick(microseconds: $0) },
            xTitle: "percentile of calls"
        ).figure(wide: (1_000, 380))
    }

    private static let ticks: [(value: Double, label: String)] = [
        (0, "0 %"), (log10(2), "50 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %"), (5, "99.999 %"),
        (6, "99.9999 %"),
    ]

    private static func lines(_ report: LoadReport, isDashed: Bool) -> [PlotLine] {
        let legs = isDashed ? [Leg.total] : Leg.allCases
        return legs.compactMap { leg in
            guard let figures = report[leg], figures.count > 0 else { return nil }
            let name = isDashed ? "\(leg.rawValue), compared run" : leg.rawValue
            return PlotLine(name: name, style: leg.rawValue, isDashed: isDashed, points: points(figures))
        }
    }

    /// x is `log10(1 / (1 - p))`; y is the latency that the share p of the calls does not exceed.
    static func points(_ leg: LegReport) -> [(x: Double, y: Double)] {
        let total = Double(leg.count)
        // Ends where one call is left: beyond it, nothing is known.
        let end = log10(max(total, 1))
        var below = 0.0
        var points = [(x: 0.0, y: leg.min)]
        for bucket in leg.buckets {
            below += Double(bucket.count)
            let rest = 1 - below / total
            points.append((rest > 0 ? min(-log10(rest), end) : end, min(bucket.upper, leg.max)))
        }
        return points
    }
}
