import Foundation
import MCPStore
import TestSupport
import Testing

@Suite struct MonitoringTests {
    /// Runs a line of a shell as a person types it; nil where there is no redis-cli.
    private func shell(_ line: String) async throws -> String? {
        let process = try ChildProcess.start(["/bin/sh", "-c", "command -v redis-cli >/dev/null || exit 75; \(line)"])
        let status = try await process.exit()
        if status == .exited(75) {
            print("SKIPPED: redis-cli is not installed")
            return nil
        }
        #expect(status == .exited(0), "\(line): \(process.output)")
        return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func `S17: the seed's own lines for monitoring work and agree with mcpstore stats`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            for _ in 0..<3 { try await cluster.succeed(["call", "echo", #"{"text":"x"}"#]) }
            _ = try await cluster.command("call", "fail", #"{"message":"no"}"#)
            let cli = "redis-cli -p \(cluster.redis.port)"
            let everyKey = "\(cli) KEYS '\(cluster.space):*'"
            guard var list = try await shell(everyKey) else { return }
            var stats: JSONValue
            var keys: [String]
            var (scanned, matched, sum): (String?, String?, String?)
            // The coordinator may add the key of the history in between: then once more.
            repeat {
                keys = list.split(separator: "\n").map(String.init)
                stats = try await cluster.succeed(["stats", "--json"]).json()
                scanned = try await shell("\(cli) --scan --pattern '\(cluster.space):*' | wc -l")
                matched = try await shell("\(cli) KEYS 'default:*' | wc -l")
                // The sum of the keys' own memory, and what Redis says it uses.
                sum = try await shell(
                    "for key in $(\(everyKey)); do \(cli) MEMORY USAGE \"$key\"; done | awk '{ s += $1 } END { print s }'"
                )
                list = try await shell(everyKey) ?? ""
            } while Set(list.split(separator: "\n").map(String.init)) != Set(keys)
            #expect(keys.contains("\(cluster.space):services:tools:config") && keys.contains("\(cluster.space):tools:echo:stats"))
            #expect(stats["keys"]?.integerValue == keys.count, "\(keys) \(stats)")
            #expect(scanned == "\(keys.count)" && matched == "\(keys.count)")
            let bytes = try #require(stats["bytes"]?.integerValue)
            let counted = try #require(sum.flatMap { Int($0) })
            // A worker may have published its state in between.
            #expect(abs(bytes - counted) < 2000 && bytes > 10_000 && stats["bytes_estimated"] == false, "\(bytes) \(counted)")
            let info = try #require(try await shell("\(cli) INFO memory"))
            let used = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
            let usedBytes = try #require(used.flatMap { Int($0.dropFirst("used_memory:".count)) })
            let told = try #require(stats["redis_used_bytes"]?.integerValue)
            #expect(told > usedBytes / 2 && told < usedBytes * 2)
        }
    }

    @Test func `Stats show services, calls, times and the queue`() async throws {
        try await withCluster { cluster in
            let empty = try await cluster.succeed(["stats"])
            #expect(empty.output.contains("services   0\n") && empty.output.contains("calls      0\n"), "\(empty)")
            try await cluster.add("tools")
            for _ in 0..<3 { try await cluster.succeed(["call", "echo", #"{"text":"x"}"#]) }
            _ = try await cluster.command("call", "fail", #"{"message":"no"}"#)
            let slow = try cluster.begin(["call", "sleep", #"{"ms":60000}"#])
            // Running when its worker says so: an entry that was delivered and is not settled.
            var stats = try await cluster.succeed(["stats", "--json"]).json()
            while stats["executing"] != 1 { stats = try await cluster.succeed(["stats", "--json"]).json() }
            #expect(stats["services"] == ["healthy": 1] && stats["calls"] == 4 && stats["queued"] == 0)
            #expect(stats["outcomes"] == ["ok": 3, "toolError": 1])
            #expect((stats["tools"]?.integerValue ?? 0) > 10)
            for times in ["waiting", "running"] {
                let p50 = try #require(stats[times]?["p50_us"]?.integerValue)
                #expect(p50 > 0 && p50 <= (stats[times]?["p99_us"]?.integerValue ?? 0))
            }
            #expect(stats["lanes"]?.arrayValue?.first?["running"] == 1)
            let text = try await cluster.succeed(["stats"]).output
            for part in [
                "services   1: 1 healthy", "calls      4: 3 ok, 1 toolError", "queue      0 queued, 1 running", " keys; Redis",
            ] {
                #expect(text.contains(part), "\(text)")
            }
            slow.process.signal(2)
            _ = try await slow.result()
        }
    }
}
