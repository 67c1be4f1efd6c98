/// How a run went, second by second.
struct TimePlots: Sendable {
    let report: LoadReport
    let old: LoadReport?

    /// Nothing for a run of less than two seconds.
    var throughput: Markup? {
        guard let seconds = Self.full(report) else { return nil }
        var lines = [
            PlotLine(
                name: "answered",
                style: "rate",
                isFilled: true,
                points: seconds.map { (Double($0.second), Double($0.answered)) }
            )
        ]
        if seconds.contains(where: { $0.errors > 0 }) {
            lines.append(
                PlotLine(name: "errors", style: "errors", points: seconds.map { (Double($0.second), Double($0.errors)) })
            )
        }
        if let earlier = old.flatMap(Self.full) {
            let points = earlier.map { (Double($0.second), Double($0.answered)) }
            lines.append(PlotLine(name: "answered, compared run", style: "rate", isDashed: true, points: points))
        }
        let most = lines.flatMap(\.points).map(\.y).max() ?? 1
        return plot("Throughput over time", lines, .linear(upTo: max(most, 1))) { $0 == 0 ? "0" : "\(Units.tick(count: $0))/s" }
    }

    var latency: Markup? {
        guard let seconds = Self.full(report) else { return nil }
        var lines = [line(seconds, "p50", \.p50), line(seconds, "p99", \.p99)]
        if let earlier = old.flatMap(Self.full) {
            var dashed = line(earlier, "p99", \.p99)
            dashed.name = "p99, compared run"
            dashed.isDashed = true
            lines.append(dashed)
        }
        let values = lines.flatMap(\.points).map(\.y)
        guard !values.isEmpty else { return nil }
        return plot("Latency over time", lines, PlotScale.fitting(values)) { Units.tick(microseconds: $0) }
    }

    /// Seconds in which nothing ended have no latency.
    private func line(_ seconds: [SecondFigures], _ name: String, _ value: (SecondFigures) -> Double) -> PlotLine {
        let ended = seconds.filter { $0.answered + $0.errors > 0 }
        return PlotLine(name: name, style: name, points: ended.map { (Double($0.second), value($0)) })
    }

    private func plot(
        _ title: String,
        _ lines: [PlotLine],
        _ y: PlotScale,
        _ label: @escaping @Sendable (Double) -> String
    ) -> Markup {
        let end = max(lines.flatMap(\.points).map(\.x).max() ?? 1, 1)
        let x = PlotScale.linear(0...end)
        return Plot(
            title: title,
            lines: lines,
            x: x,
            y: y,
            xTicks: x.ticks(6).filter { $0 == $0.rounded() }.map { ($0, Units.count($0)) },
            yLabel: label,
            xTitle: "seconds since the start"
        ).figure(wide: (480, 270))
    }

    /// Without a last second that was cut short.
    private static func full(_ report: LoadReport) -> [SecondFigures]? {
        let seconds = report.series.filter { Double($0.second + 1) <= report.seconds + 0.001 }
        return seconds.count >= 2 ? seconds : nil
    }
}
