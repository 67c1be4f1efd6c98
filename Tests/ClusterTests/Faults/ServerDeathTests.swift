import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `MCP servers that die` {
    @Test func `A server killed with SIGKILL is started again, its calls go on or end as interrupted`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = ExecutionLog(path: cluster.directory.path + "/record")
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--record", log.path])
            let context = try await cluster.openStore().forStore()
            let server = try #require(pid_t(try await context.callTool("pid").text))
            let batch = CallBatch(
                ["readonly", "idempotent", "destructive"].flatMap { kind in
                    (0..<4).map { CallBatch.Call.record(kind, "\(kind)-\($0)", milliseconds: 1000) }
                },
                in: context
            )
            try await eventually("12 starts") { try log.starts().count == 12 }
            let changes = StateChanges(of: "tools", in: cluster)
            kill(server, SIGKILL)
            let killed = ContinuousClock.now
            let trouble = try await changes.next { $0.status == "reconnecting" }
            #expect(trouble.reason.contains("signal 9") || trouble.reason.contains("SIGKILL"), "\(trouble)")
            let endings = await batch.endings()
            print("MEASURED MCP server killed: all outcomes after \(ContinuousClock.now - killed)")

            let starts = try log.starts()
            for ending in endings {
                if ending.call.tool == "record_destructive" {
                    #expect(ending.outcome == "interrupted" && starts[ending.call.id] == 1, "\(ending)")
                } else {
                    #expect(ending.outcome == "ok" && ending.attempt == 2 && starts[ending.call.id] == 2, "\(ending)")
                }
            }
            let healthy = try await changes.next { $0.status == "healthy" }
            #expect(healthy.reason.contains("ready, 14 tools"), "\(healthy)")
            #expect(try await context.callTool("pid").text != "\(server)")
            #expect(try await differences(endings, context) == [])
        }
    }

    @Test func `A call that crashes its server ends as interrupted, and the next calls are answered`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("tools")
            let context = try await cluster.openStore().forStore()
            let changes = StateChanges(of: "tools", in: cluster)
            let crash = await CallBatch.run(.init(tool: "crash", id: "crash", arguments: ["exitCode": 7]), in: context)
            #expect(crash.outcome == "interrupted", "\(crash)")
            // Submitted while no server runs.
            let echo = CallBatch.Call(tool: "echo", id: "echo", arguments: ["text": "still here"])
            let batch = CallBatch(Array(repeating: echo, count: 20), in: context)
            let trouble = try await changes.next { $0.status == "reconnecting" }
            #expect(trouble.reason.contains("7"), "\(trouble)")
            let endings = await batch.endings()
            #expect(endings.allSatisfy { $0.outcome == "ok" && $0.text == "still here" }, "\(endings.outcomes)")
            #expect(try await differences(endings + [crash], context) == [])
        }
    }

    @Test func `A call that may run again and kills every server it meets is given up, and does so no more`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("tools", options: ["--retry", "always"])
            let context = try await cluster.openStore().forStore()
            let crash = await CallBatch.run(.init(tool: "crash", id: "crash", arguments: [:]), in: context)
            #expect(crash.outcome == "interrupted" && crash.attempt == 3, "\(crash)")
            let echo = await CallBatch.run(.init(tool: "echo", id: "echo", arguments: ["text": "x"]), in: context)
            #expect(echo.outcome == "ok", "\(echo)")
            let stats = try await context.toolStats("crash")
            #expect(stats.outcomes["interrupted"] == 1 && stats.calls == 1 && stats.retries == 2, "\(stats)")
        }
    }
}
