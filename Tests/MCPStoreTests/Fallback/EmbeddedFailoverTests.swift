import Foundation
import Logging
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// An embedded store whose Redis is a master behind Sentinels.
@Suite(.timeLimit(.minutes(4))) struct EmbeddedFailoverTests {
    @Test
    func `the master is killed: a running call is answered, and the store goes on with the new master, its service with it`()
        async throws
    {
        try await withSentinels { setup in
            let directory = try TemporaryDirectory("failover")
            let record = directory.path + "/record"
            let options = RedisOptions(
                url: setup.url(query: "?wait_replicas=1"),
                dataspace: "failover",
                socketTimeout: .seconds(10),
                fallback: false
            )
            let store = try await MCPStore.setup(redis: options, logger: .quiet)
            let context = store.forStore()
            let entry: JSONValue = [
                "command": .string(BuiltProduct.path(of: "toolserver")), "args": ["--record", .string(record)],
            ]
            try await context.addService(["mcpServers": ["tools": entry]])
            try await context.waitService("tools", timeout: .seconds(60))
            let process = try await context.callTool("pid", service: "tools").text
            async let running = context.callTool("record_destructive", ["id": "a", "ms": 6000], timeout: .seconds(60))
            try await eventually("it runs") { FileManager.default.contents(atPath: record)?.isEmpty == false }
            let old = try await setup.master()
            await old.kill()
            let answer = try await running
            #expect(answer.report.outcome == "ok" && answer.report.attempt == 1)
            // New calls wait for the new master, and their MCP server was never started anew.
            let after = try await context.callTool("pid", timeout: .seconds(60), service: "tools").text
            #expect(after == process)
            #expect(try await setup.master() !== old)
            let lines = String(decoding: FileManager.default.contents(atPath: record) ?? Data(), as: UTF8.self).split(
                separator: "\n"
            )
            #expect(lines.count { $0.contains("\"start\"") } == 1)
            await store.close()
            directory.remove()
        }
    }
}
