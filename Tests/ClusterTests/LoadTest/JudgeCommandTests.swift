import Foundation
import MCPStore
import TestSupport
import Testing

/// `loadtest find-max` and `loadtest fairness`.
@Suite struct `Searches and comparisons of the load tester` {
    @Test func `find-max says each rate that it tried and whether it held`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let search = [
            "find-max", "--scenario", "direct-echo-1", "--from", "20", "--up-to", "40", "--seconds", "0.3", "--warm-up", "0",
        ]
        let run = try await LoadTester.run(search + ["--objective", "errors<1", "--json"], in: directory)
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        let found = try JSONValue(parsing: Data(run.out.utf8))
        #expect(found["rate"] == 40 && found["isLimited"] == true && found["objectives"] == ["errors<1"], "\(run.out)")
        let trials = found["trials"]?.arrayValue ?? []
        #expect(trials.map { $0["rate"] } == [20, 40])
        #expect(trials.allSatisfy { $0["holds"] == true && $0["p999"] != nil && $0["errors"] == 0 })
        // What a server that is called directly cannot say, nobody can say to hold.
        let none = try await LoadTester.run(search + ["--objective", "queued.p99<1s"], in: directory)
        #expect(none.status == .exited(0) && none.out.contains("missed: queued.p99<1s"), "\(none.out)\(none.err)")
        #expect(none.out.contains("did not hold at any rate"))
    }

    @Test func `fairness says what a flood costs the others, and how much of it was answered`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let run = try await LoadTester.run(
            ["fairness", "--tenants", "5", "--flood", "40", "--seconds", "2", "--workers", "1", "--json"],
            in: directory
        )
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        let report = try JSONValue(parsing: Data(run.out.utf8))
        #expect(report["rows"]?.arrayValue?.first?["group"] == "quiet", "\(run.out)")
        #expect(report["flood"]?["inFlight"] == 40 && report["flood"]?["outcomes"]?["ok"]?.integerValue ?? 0 > 40)
        #expect(report["errors"] == ["alone": 0, "beside": 0])
    }
}
