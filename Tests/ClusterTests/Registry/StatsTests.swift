import Foundation
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// Invariant I3 from outside: what the stats count is what callers saw.
struct StatsTests {
    /// How often each tool ended how.
    typealias Count = [String: [String: Int]]

    /// What one caller calls, again and again.
    private static let calls: [(tool: String, arguments: String, timeout: String)] = [
        ("echo", #"{"text":"hello"}"#, "30s"), ("fail", #"{"message":"as asked"}"#, "30s"),
        ("add", #"{"a":1,"b":2}"#, "30s"), ("protocol_error", #"{"code":-32001,"message":"as asked"}"#, "30s"),
        ("sleep", #"{"ms":60000}"#, "250ms"),
    ]

    @Test func `S9: after 1000 calls from many processes the stats equal the callers' own count by outcome`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools", replicas: 2)
            let count = try await withThrowingTaskGroup(of: Count.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Self.shell(cluster, rounds: 5) }
                    group.addTask { try await Self.store(cluster, rounds: 45) }
                }
                return try await group.reduce(into: Count()) { sum, count in Self.add(count, to: &sum) }
            }
            #expect(count.values.flatMap(\.values).reduce(0, +) == 1000)
            // 200 each; that some end otherwise is possible on a slow machine, that none ends as meant is not.
            let meant = ["echo": "ok", "fail": "toolError", "add": "ok", "protocol_error": "protocolError", "sleep": "timedOut"]
            for (tool, outcome) in meant {
                #expect(try #require(count[tool]?[outcome]) > 0)
                let counted = try await cluster.outcomes(tool)
                #expect(counted == count[tool], "\(tool)")

                // Jobs that were started are in both histograms, once each.
                let stats = try await cluster.hash("\(cluster.space):tools:\(tool):stats")
                let total = counted.values.reduce(0, +)
                let ran = stats.filter { $0.key.wholeMatch(of: /r[0-9]+/) != nil }.compactMap { Int($0.value) }.reduce(0, +)
                let waited = stats.filter { $0.key.wholeMatch(of: /w[0-9]+/) != nil }.compactMap { Int($0.value) }.reduce(0, +)
                #expect(ran <= total && waited <= total && ran > 0, "\(tool): \(ran) of \(total) ran, \(waited) waited")
                #expect(stats["retries"] == nil)
                #expect(try await Self.printed(cluster, tool) == counted)
            }
        }
    }

    /// `mcpstore call` in a loop of a shell, a process for each call.
    private static func shell(_ cluster: ClusterFixture, rounds: Int) async throws -> Count {
        let commands = Self.calls.map { "\"$0\" call \($0.tool) '\($0.arguments)' --timeout \($0.timeout) --json 2>/dev/null" }
        let script = "for i in $(seq \(rounds)); do \(commands.joined(separator: "; ")); done"
        let loop = try ChildProcess.start(
            ["/bin/sh", "-c", script, BuiltProduct.path(of: "mcpstore")],
            environment: cluster.environment
        )
        try #require(try await loop.exit(within: .seconds(80)) != .signaled(9))
        let lines = loop.output.split(separator: "\n")
        try #require(lines.count == rounds * Self.calls.count, "\(loop.output)")
        return try lines.reduce(into: Count()) { count, line in
            let answer = try JSONValue(parsing: Array(line.utf8))
            let tool = try #require(answer["tool"]?.stringValue, "\(answer)")
            count[tool, default: [:]][try #require(answer["outcome"]?.stringValue), default: 0] += 1
        }
    }

    /// A store of its own, 15 calls at a time.
    private static func store(_ cluster: ClusterFixture, rounds: Int) async throws -> Count {
        let context = try await cluster.openStore().forStore()
        return try await withThrowingTaskGroup(of: (String, String).self) { group in
            var count = Count()
            for number in 0..<rounds * Self.calls.count {
                if number >= 15, let (tool, outcome) = try await group.next() {
                    count[tool, default: [:]][outcome, default: 0] += 1
                }
                let call = Self.calls[number % Self.calls.count]
                group.addTask {
                    let timeout: Duration = call.timeout == "30s" ? .seconds(30) : .milliseconds(250)
                    do {
                        let result = try await context.callTool(call.tool, json: Data(call.arguments.utf8), timeout: timeout)
                        return (call.tool, result.report.outcome)
                    } catch let error as MCPStoreError {
                        guard let report = error.call else { throw error }
                        return (call.tool, report.outcome)
                    }
                }
            }
            for try await (tool, outcome) in group { count[tool, default: [:]][outcome, default: 0] += 1 }
            return count
        }
    }

    /// What `mcpstore tool stats` says.
    private static func printed(_ cluster: ClusterFixture, _ tool: String) async throws -> [String: Int] {
        let stats = try await cluster.succeed(["tool", "stats", tool, "--json"]).json()
        return (stats["outcomes"]?.objectValue ?? [:]).compactMapValues(\.integerValue)
    }

    private static func add(_ count: Count, to sum: inout Count) {
        for (tool, outcomes) in count { sum[tool, default: [:]].merge(outcomes, uniquingKeysWith: +) }
    }
}
