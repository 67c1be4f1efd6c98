import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Services that are removed and restarted` {
    @Test func `Removing a service: what runs finishes, what is queued ends as unavailable, its lanes vanish`() async throws {
        try await withFaultyCluster { cluster in
            let log = ExecutionLog(path: cluster.directory.path + "/record")
            let server: [String] = [BuiltProduct.path(of: "toolserver"), "--record", log.path]
            try await cluster.add("tools", server, options: ["--concurrency", "2"])
            try await cluster.add("other")
            let context = try await cluster.openStore().forStore()
            let calls = (0..<12).map {
                CallBatch.Call.record("destructive", "call-\($0)", milliseconds: 6000, service: "tools")
            }
            let batch = CallBatch(calls, in: context)
            // Two run; all are in the lane.
            try await eventually("2 starts") { try log.starts().count == 2 }
            try await eventually("12 jobs") { try await cluster.jobsLeft("tools") == 12 }
            let running = Set(try log.starts().keys)
            #expect(try await cluster.command("service", "remove", "tools").status == 0)
            let endings = await batch.endings()
            for ending in endings {
                if running.contains(ending.call.id) {
                    #expect(ending.outcome == "ok", "\(ending)")
                } else {
                    #expect(ending.outcome == "unavailable", "\(ending)")
                    #expect(ending.text.contains("removed"), "\(ending)")
                }
            }
            #expect(try log.starts().count == 2)
            var left: [String] = []
            try await eventually("the keys of the service are gone") {
                left = try await cluster.withRedis { client in
                    try await client.execute(RedisCommand("KEYS", "\(cluster.space):*tools*")).array?.compactMap(\.string) ?? []
                }.filter { $0.contains(":jobs:") || $0.contains(":services:") }
                return left.isEmpty
            }
            // Refused clearly, and the other service is not disturbed.
            let refused = try await cluster.command("call", "record_destructive", "--service", "tools", #"{"id":"late"}"#)
            #expect(refused.status == 2 && refused.error.contains("tools"), "\(refused)")
            #expect(try await context.callTool("echo", ["text": "x"], service: "other").text == "x")

            // The name can be used again at once.
            try await cluster.add("tools", server)
            let again = try await context.callTool("record_destructive", ["id": "again"], service: "tools")
            #expect(again.text == "recorded again")
        }
    }

    @Test func `A restart starts the server anew on every worker, and calls go on`() async throws {
        try await withFaultyCluster { cluster in
            try await cluster.add("tools", replicas: 2)
            try await cluster.waitForHosts("tools", 2)
            let context = try await cluster.openStore().forStore()
            let servers = { @Sendable () throws -> Set<pid_t> in
                let all = try cluster.workers.flatMap { try ProcessTable.descendants(of: $0.processIdentifier) }
                return Set(
                    all.filter {
                        ProcessTable.command(of: $0).hasSuffix("/toolserver")
                            && !ProcessTable.command(of: $0).contains("guardian")
                    }
                )
            }
            let before = try servers()
            #expect(before.count == 2)
            let load = EndlessLoad(in: context, callers: 4)
            let restart = try await cluster.command("service", "restart", "tools")
            #expect(restart.status == 0 && restart.output.contains("told 2 workers"), "\(restart)")
            try await ProcessTable.waitUntilGone(before, within: .seconds(10))
            try await eventually("two new servers") { try servers().count == 2 }
            try await cluster.waitForHosts("tools", 2)
            let afterwards = load.count
            try await eventually("50 more calls") { load.count >= afterwards + 50 }
            let endings = await load.end()
            let failed = endings.filter { $0.outcome != "ok" }
            #expect(failed.isEmpty, "\(failed.count) of \(endings.count): \(failed.prefix(3))")
            #expect(try await differences(endings, context) == [])
        }
    }
}
