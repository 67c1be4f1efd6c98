import Glibc
import MCPStore
import TestSupport
import Testing

/// What the commands print is what is the case.
struct OutputTests {
    @Test func `Commands print what is true, for people and as JSON`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools", replicas: 2)
            for worker in cluster.workers { _ = try await worker.process.line(containing: "the service is ready") }
            for _ in 0..<3 { try await cluster.succeed(["call", "echo", #"{"text":"x"}"#]) }
            _ = try await cluster.command("call", "echo", "{}")
            var ids: [String] = []
            for worker in cluster.workers { ids.append(try await worker.worker()) }

            try await Self.checkTools(cluster)
            try await Self.checkService(cluster, ids)
            try await Self.checkStatus(cluster, ids)
        }
    }

    private static func checkTools(_ cluster: ClusterFixture) async throws {
        let tool = try await cluster.succeed(["tool", "show", "tools_sleep", "--json"]).json()
        #expect(tool["name"] == "sleep" && tool["service"] == "tools" && tool["qualifiedName"] == "tools_sleep")
        #expect(tool["key"] == "sleep" && tool["tool"]?["annotations"]?["readOnlyHint"] == true)
        #expect(tool["tool"]?["inputSchema"]?["required"] == ["ms"])
        let text = try await cluster.succeed(["tool", "show", "record_destructive"]).output
        #expect(text.contains("tools_record_destructive, mcp_tools_record_destructive"))
        #expect(text.contains("not read-only, not idempotent, destructive"))
        #expect(text.contains(#""ms""#))

        let list = try await cluster.succeed(["tool", "list", "--service", "tools", "--json"]).json().arrayValue ?? []
        #expect(list.count == 14)
        let all = try await cluster.succeed(["tool", "stats", "--json"]).json().arrayValue ?? []
        #expect(all.compactMap { $0["key"]?.stringValue } == ["echo"])
        let stats = try #require(all.first)
        #expect(stats["calls"] == 4 && stats["outcomes"] == ["ok": 3, "toolError": 1] && stats["retries"] == 0)
        for times in ["waiting", "running"] {
            let mean = try #require(stats[times]?["mean_us"]?.integerValue)
            let total = try #require(stats[times]?["total_us"]?.integerValue)
            #expect(mean == total / 4)
            #expect(try #require(stats[times]?["p50_us"]?.integerValue) <= #require(stats[times]?["p99_us"]?.integerValue))
        }
        #expect(try #require(stats["first_call"]?.integerValue) < #require(stats["last_call"]?.integerValue))
        let row = try await cluster.succeed(["tool", "stats", "echo"]).output.split(separator: "\n").last ?? ""
        #expect(row.hasPrefix("echo ") && row.contains("ok 3, toolError 1"), "\(row)")
    }

    private static func checkService(_ cluster: ClusterFixture, _ ids: [String]) async throws {
        let service = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
        #expect(service["status"] == "healthy" && service["ready"] == true && service["tools"] == 14 && service["version"] == 1)
        #expect(service["workers"] == .array(ids.sorted().map { .string($0) }))
        #expect(service["config"]?["replicas"] == 2)
        #expect(service["target"]?.stringValue?.hasSuffix("toolserver") == true)
        let text = try await cluster.succeed(["service", "show", "tools"]).output
        #expect(
            text.contains("status   healthy") && text.contains("tools    14")
                && text.contains(ids.sorted().joined(separator: ", "))
        )
        let list = try await cluster.succeed(["service", "list", "--json"]).json()
        #expect(list == [service])
    }

    private static func checkStatus(_ cluster: ClusterFixture, _ ids: [String]) async throws {
        let context = try await cluster.openStore().forStore()
        let progress = AsyncStream<Void>.makeStream()
        let running = Task {
            // Until it is cancelled, far before its end.
            defer { progress.continuation.finish() }
            return try await context.callTool("progress", ["steps": 100_000, "delayMs": 20], timeout: .seconds(20)) { _ in
                progress.continuation.yield()
            }
        }
        for await _ in progress.stream { break }
        let status = try await cluster.succeed(["status", "--json"]).json()
        #expect(status["space"] == .string(cluster.space))
        #expect(status["coordinator"]?.stringValue == (try await cluster.coordinators[0].leads()))
        let workers = status["workers"]?.arrayValue ?? []
        #expect(Set(workers.compactMap { $0["id"]?.stringValue }) == Set(ids))
        #expect(Set(workers.compactMap { $0["pid"]?.integerValue }) == Set(cluster.workers.map { Int($0.processIdentifier) }))
        #expect(workers.allSatisfy { $0["draining"] == false && $0["slots"] == 128 && $0["spaces"] == ["*:*"] })
        let lanes = status["lanes"]?.arrayValue ?? []
        #expect(lanes.count == 1)
        #expect(lanes.first?["service"] == "tools" && lanes.first?["lane"] == "interactive")
        #expect(lanes.first?["running"] == 1 && lanes.first?["queued"] == 0 && lanes.first?["oldest_wait_us"] == .null)

        running.cancel()
        let error = await #expect(throws: MCPStoreError.self) { _ = try await running.value }
        #expect(error?.code == .cancelled)
        let text = try await cluster.succeed(["status"]).output
        #expect(ids.allSatisfy { text.contains($0) } && text.contains("healthy"))
        let after = try await cluster.succeed(["status", "--json"]).json()
        #expect(after["lanes"] == [])
    }

    @Test func `A call says who ran it and where its time went`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            let result = try await cluster.succeed(["call", "sleep", #"{"ms":50}"#, "--json"]).json()
            let worker = try #require(result["worker"]?.stringValue)
            let ids = [try await cluster.workers[0].worker(), try await cluster.workers[1].worker()]
            #expect(ids.contains(worker))
            #expect(
                result["outcome"] == "ok" && result["attempt"] == 1 && result["tool"] == "sleep" && result["service"] == "tools"
            )
            #expect(try #require(result["run_us"]?.integerValue) >= 50_000)
            #expect(try #require(result["queued_us"]?.integerValue) >= 0)
            let input = try await cluster.command("call", "echo", "-", input: #"{"text":"from stdin"}"#)
            #expect(input.status == 0 && input.output == "from stdin\n" && input.error == "")
        }
    }
}
