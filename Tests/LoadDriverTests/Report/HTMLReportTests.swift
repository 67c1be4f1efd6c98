import Foundation
import Testing

@testable import LoadDriver

struct HTMLReportTests {
    private let hostile = "<script>alert('\"&')</script>"

    private func hostileReport() -> LoadReport {
        var report = Samples.report(
            groups: [hostile, "other"],
            outcomes: ["ok": 10, hostile: 5],
            examples: [hostile: [hostile]],
            scenario: Scenario(name: hostile, description: hostile, mix: [MixEntry(name: hostile)])
        )
        report.started = hostile
        report.redis = RedisFigures(
            version: hostile,
            commands: [CommandFigures(name: hostile, callsPerCall: 1, microsecondsPerCall: 1)]
        )
        report.machine = MachineFigures(model: hostile, kernel: hostile)
        return report
    }

    @Test func `all text is escaped`() {
        let html = HTMLReport(hostileReport(), comparedWith: hostileReport()).html
        #expect(!html.contains("<script"))
        #expect(!html.contains("alert('"))
        // Name (title and heading), description, mix, groups, outcomes, example twice, versions, model, kernel, command, times.
        #expect(html.components(separatedBy: "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;").count > 12)
    }

    @Test func `has all legs as lines and rows, and needs nothing else`() {
        let html = HTMLReport(Samples.report()).html
        for leg in Leg.allCases {
            #expect(html.contains("<polyline class=\"new \(leg.rawValue)\""))
            #expect(html.contains("<tr><th>\(leg.rawValue)</th>"))
        }
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("src="))
        #expect(!html.contains("polyline class=\"old"))
        #expect(!html.contains("nan") && !html.contains("inf\""))
    }

    @Test func `the compared run is dashed, with ratios`() {
        let html = HTMLReport(Samples.report(rate: 300), comparedWith: Samples.report(scale: 2)).html
        #expect(html.contains("<polyline class=\"old total\""))
        #expect(html.contains("<polyline class=\"old rate\""))
        #expect(html.contains("<b class=\"good\">3.00×</b> of 100/s"))
        #expect(html.contains("<b class=\"good\">0.50×</b>"))
    }

    @Test func `a run without any call is a page, too`() {
        var report = Samples.report(groups: [], outcomes: [:])
        report.series = []
        let html = HTMLReport(report).html
        #expect(html.contains("No call was measured."))
        #expect(html.contains("Environment"))
    }

    @Test func `the percentile plot gives each nine as much room`() throws {
        let points = PercentilePlot.points(try #require(Samples.report()[.total]))
        // 1 … 1000 ms: 900 ms is at 90 %, 990 ms at 99 %.
        for (x, milliseconds) in [(1.0, 900.0), (2, 990)] {
            let nearest = try #require(points.min { abs($0.x - x) < abs($1.x - x) })
            #expect(abs(nearest.x - x) < 0.01)
            #expect(abs(nearest.y / 1_000 / milliseconds - 1) < 0.002)
        }
        #expect(points.last?.x == 3)
        #expect(points.last?.y == 1_000_000)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.x <= $1.x && $0.y <= $1.y })
    }
}
