import Foundation
import Testing

@testable import LoadDriver

struct LoadReportTests {
    private func full() -> LoadReport {
        var report = Samples.report(
            groups: ["echo", "echo 2"],
            outcomes: ["ok": 999, "busy": 1],
            examples: ["busy": ["no slot"]],
            scenario: Scenario(name: "n", server: .init(), load: .poisson(rate: 5), failIf: ["errors>0"])
        )
        var lateness = LatencyHistogram()
        lateness.record(nanoseconds: 5_000)
        report.lateness = LegReport(lateness)
        report.redis = RedisFigures(
            version: "7.0.15",
            cpuMicrosecondsPerCall: 1.5,
            commandsPerCall: 3,
            commands: [CommandFigures(name: "xadd", callsPerCall: 1, microsecondsPerCall: 2)],
            bytesPerQueuedJob: 300
        )
        report.worker = WorkerFigures(cpuMicrosecondsPerCall: 3, memoryBytes: 4)
        report.machine = MachineFigures(cores: 2, model: "m", kernel: "k")
        return report
    }

    @Test func `is the same after a round trip`() throws {
        let json = try full().json()
        let again = try JSONDecoder().decode(LoadReport.self, from: json)
        #expect(try again.json() == json)
        #expect(again.scenario == full().scenario)
        #expect(again.legs == full().legs)
        #expect(again.redis == full().redis)
    }

    @Test func `has the documented members`() throws {
        let json = try #require(try JSONSerialization.jsonObject(with: full().json()) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "rate", "calls", "seconds", "outcomes", "errors", "examples", "legs", "groups", "series", "lateness",
                "endedEarly",
                "leftOut", "scenario", "started", "redis", "worker", "machine",
            ]
        )
        #expect(json["started"] as? String == "2027-01-15T08:00:00Z")
        #expect(json["rate"] as? Double == 200)
        #expect(json["errors"] as? Int == 1)
        let total = try #require((json["legs"] as? [String: [String: Any]])?["total"])
        #expect(
            Set(total.keys) == ["count", "min", "mean", "max", "p50", "p90", "p95", "p99", "p999", "p9999", "buckets"]
        )
        let first = try #require((total["buckets"] as? [[Double]])?.first)
        #expect(first.count == 2)
        #expect(abs(first[0] / 1_000 - 1) < 0.001)
        #expect(first[1] == 2)
        let series = try #require((json["series"] as? [[String: Any]])?.first)
        #expect(Set(series.keys) == ["second", "answered", "errors", "inFlight", "p50", "p99"])
    }

    @Test func `members of later versions are ignored, in the scenario too`() throws {
        var text = String(decoding: try full().json(), as: UTF8.self)
        text = text.replacing("\"scenario\":{", with: "\"later\":1,\"scenario\":{\"later\":2,")
        #expect(text.contains("\"later\":2"))
        #expect(try JSONDecoder().decode(LoadReport.self, from: Data(text.utf8)).calls == 2_000)
    }

    @Test func `a file that is none says why`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("loaddriver-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        #expect { try LoadReport.load(file: file.path) } throws: { "\($0)".contains("cannot be read") }
        try Data(#"{"rate":"x"}"#.utf8).write(to: file)
        #expect { try LoadReport.load(file: file.path) } throws: { "\($0)".contains("rate is of another kind; give a file") }
        try Data("{}".utf8).write(to: file)
        #expect { try LoadReport.load(file: file.path) } throws: { "\($0)".contains("is missing; give a file") }
    }
}
