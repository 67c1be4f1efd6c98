/// A result as one page that needs nothing else: no network, no script, light and dark, for a desk and for a phone.
package struct HTMLReport: Sendable {
    private let report: LoadReport
    private let old: LoadReport?

    /// - Parameter old: An earlier run, drawn dashed.
    package init(_ report: LoadReport, comparedWith old: LoadReport? = nil) {
        self.report = report
        self.old = old
    }

    /// The whole file.
    package var html: String { page.source }

    private var name: String { report.scenario.name.isEmpty ? "Load test" : report.scenario.name }

    private var page: Markup {
        let (tables, times) = (PageTables(report: report), TimePlots(report: report, old: old))
        let legs: Markup = "\(LegsBar(report: report, old: old).markup)\(tables.legs)"
        let halves = [card("Throughput over time", times.throughput), card("Latency over time", times.latency)].compactMap { $0 }
        let ends = [card("Outcomes", tables.outcomes), card("Redis", tables.commands)].compactMap { $0 }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(name) · \(Units.rate(report.rate))</title>
            <style>\(PageStyle.css)</style>
            </head>
            <body>
            <main>
            \(header)
            \(warnings)
            \(Tiles(report: report, old: old).markup)
            \(card("Latency by percentile", PercentilePlot(report: report, old: old).markup))
            \(row(halves))
            \(tables.legs == nil ? nil : card("Where the time goes", legs))
            \(card("Groups", tables.groups))
            \(row(ends))
            \(card("Environment", tables.environment))
            <footer>Latencies count from the intended start of each call. Measured by <b>loadtest</b> of MCPStore for Swift.</footer>
            </main>
            </body>
            </html>

            """
    }

    private var header: Markup {
        let scenario = report.scenario
        let compared: Markup? = old.map { old -> Markup in
            let which = old.scenario.name.isEmpty || old.scenario.name == scenario.name ? "" : "\(old.scenario.name), "
            return "<span class=\"pill\">compared with \(which)\(Self.time(old.started))</span>"
        }
        let about: Markup? = scenario.description.isEmpty ? nil : "<p>\(scenario.description)</p>"
        return """
            <header>
            <h1>\(name)</h1>\(about)
            <div class="pills"><span class="pill">\(scenario.target.rawValue)</span><span class="pill">\(scenario.load.summary)</span>\
            <span class="pill">\(Units.seconds(report.seconds))</span><span class="pill">\(Self.time(report.started))</span>\(compared)</div>
            </header>
            """
    }

    private var warnings: Markup? {
        let items = Warnings(report).texts.map { text -> Markup in "<p>\(text)</p>" }
        return items.isEmpty ? nil : "<div class=\"warnings\" role=\"alert\">\(items)</div>"
    }

    private func card(_ title: String, _ content: Markup?) -> Markup? {
        content.map { "<section><h2>\(title)</h2>\($0)</section>" }
    }

    private func row(_ cards: [Markup]) -> Markup? {
        cards.isEmpty ? nil : cards.count == 1 ? cards[0] : "<div class=\"row\">\(cards)</div>"
    }

    /// `2026-11-22 10:15:30 UTC` from ISO 8601.
    private static func time(_ iso: String) -> String {
        iso.replacing("T", with: " ").replacing("Z", with: " UTC")
    }
}
