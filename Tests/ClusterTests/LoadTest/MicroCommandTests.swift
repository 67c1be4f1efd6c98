import Foundation
import MCPStore
import TestSupport
import Testing

private enum Valgrind {
    static let isInstalled = ["/usr/bin", "/usr/local/bin"].contains {
        FileManager.default.isExecutableFile(atPath: $0 + "/valgrind")
    }
}

/// `loadtest micro`.
@Suite(.enabled(if: Valgrind.isInstalled, "valgrind is not installed, and instructions are counted with it"))
struct `The instruction counts` {
    @Test func `the same code takes the same instructions, and the gate refuses more than the baseline`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let baseline = directory.path + "/baseline.json"
        let micro = ["micro", "--only", "params-200", "--baseline", baseline]
        let written = try await LoadTester.run(micro + ["--write"], in: directory)
        #expect(written.status == .exited(0) && written.err.isEmpty, "\(written.err)")
        let text = try String(contentsOfFile: baseline, encoding: .utf8)
        let counts = try #require(JSONValue(parsing: Data(text.utf8)).objectValue?.first)
        let count = try #require(counts.value["params-200"]?.integerValue)
        // A message of 200 bytes is looked at byte by byte.
        #expect(count > 500 && count < 10_000_000)

        // Half of it was enough once, says the baseline.
        try text.replacing("\(count)", with: "\(count / 2)").write(toFile: baseline, atomically: true, encoding: .utf8)
        let gate = try await LoadTester.run(micro + ["--fail-above", "5%"], in: directory)
        #expect(gate.status == .exited(1) && gate.err.contains("more than"), "\(gate.out)\(gate.err)")
        let words = try #require(gate.err.wholeMatch(of: /failed: params-200: ([0-9,]+) instructions per message, .*\n/))
        let again = try #require(Int(words.1.filter { $0 != "," }))
        #expect(abs(again - count) * 100 <= count, "\(again) instead of \(count)")
    }

    @Test func `what Redis does for a job is counted in a Redis of its own`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let run = try await LoadTester.run(
            [
                "micro", "--only", "redis-finish-64", "--only", "redis-finish-1", "--json", "--profile",
                directory.path + "/profiles",
            ],
            in: directory
        )
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        let counts = try #require(JSONValue(parsing: Data(run.out.utf8)).objectValue?.first)
        #expect(counts.key.hasPrefix("Redis "), "\(run.out)")
        let (lone, shared) = (counts.value["redis-finish-1"]?.integerValue, counts.value["redis-finish-64"]?.integerValue)
        // What a batch has in common is done once.
        #expect(try #require(lone) > 2 * #require(shared), "\(run.out)")
        #expect(FileManager.default.fileExists(atPath: directory.path + "/profiles/redis-finish-64.callgrind"))
    }
}
