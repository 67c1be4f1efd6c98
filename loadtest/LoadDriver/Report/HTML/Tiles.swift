/// The key figures of a page.
struct Tiles: Sendable {
    let report: LoadReport
    let old: LoadReport?

    var markup: Markup {
        let total = report[.total]
        let tiles: [Markup?] = [
            tile("answered calls", Units.rate(report.rate), isRate: true) { $0.rate },
            total.map { tile("p50", Units.duration(microseconds: $0.p50)) { $0[.total]?.p50 } },
            total.map { tile("p99", Units.duration(microseconds: $0.p99)) { $0[.total]?.p99 } },
            total.map { tile("p99.9", Units.duration(microseconds: $0.p999)) { $0[.total]?.p999 } },
            errors,
            report.redis?.cpuMicrosecondsPerCall.map { value in
                tile("Redis CPU a call", Units.duration(microseconds: value)) { $0.redis?.cpuMicrosecondsPerCall }
            },
        ]
        return "<div class=\"tiles\">\(tiles.compactMap { $0 })</div>"
    }

    private var errors: Markup {
        let style = report.errors == 0 ? "good" : "bad"
        return """
            <div class="tile"><div class="label">errors</div><div class="value \(style)">\(Units.count(report.errors))</div>\
            <div class="change">of \(Units.count(report.calls)) calls</div></div>
            """
    }

    private func tile(
        _ name: String,
        _ text: String,
        isRate: Bool = false,
        _ value: (LoadReport) -> Double?
    ) -> Markup {
        "<div class=\"tile\"><div class=\"label\">\(name)</div><div class=\"value\">\(number(text))</div>\(change(isRate, value))</div>"
    }

    /// With its unit in smaller letters.
    private func number(_ text: String) -> Markup {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        if parts.count == 2 { return "\(parts[0])<small> \(parts[1])</small>" }
        return text.hasSuffix("/s") ? "\(String(text.dropLast(2)))<small>/s</small>" : "\(text)"
    }

    private func change(_ isRate: Bool, _ value: (LoadReport) -> Double?) -> Markup? {
        guard let old, let before = value(old), let now = value(report), before > 0 else { return nil }
        let row = Comparison.Row(name: "", new: now, old: before, isRate: isRate)
        let word = Comparison.word(for: row)
        let style = word == "better" ? "good" : word == "worse" ? "bad" : ""
        let was = isRate ? Units.rate(before) : Units.duration(microseconds: before)
        return "<div class=\"change\"><b class=\"\(style)\">\(Units.ratio(now / before))</b> of \(was)</div>"
    }
}
