import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// A real server changes its tools while it runs, and between two starts.
@Suite struct `The schema pin stopping a server that changes its tool` {
    /// A server that lists other tools while the file is there.
    private struct ChangingServer {
        let file: String
        let log: ExecutionLog

        /// - Parameter era: In the legacy era a change is told, in the modern one it is not.
        init(_ cluster: ClusterFixture, era: String, options: [String] = []) async throws {
            let folder = cluster.directory.path + "/orders"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            file = folder + "/change-tools"
            log = ExecutionLog(path: cluster.directory.path + "/record")
            try await cluster.add(
                "tools",
                [BuiltProduct.path(of: "toolserver"), "--era", era, "--orders", folder, "--record", log.path],
                options: options
            )
        }

        func change() throws { try "".write(toFile: file, atomically: false, encoding: .utf8) }
        func changeBack() throws { try FileManager.default.removeItem(atPath: file) }
    }

    private static func pin(_ cluster: ClusterFixture, _ tool: String) async throws -> String? {
        let tools = try await cluster.succeed(["tool", "list", "--json"]).json().arrayValue ?? []
        let found = tools.first { $0["name"]?.stringValue == tool }
        return found?["pin"]?.stringValue.map { $0 + (found?["held"] == true ? ", held" : "") }
    }

    @Test func `a changed tool is neither listed nor called until it is approved, queued calls of it do not run`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let server = try await ChangingServer(cluster, era: "legacy", options: ["--concurrency", "1"])
            let context = try await cluster.openStore().forStore()
            let told = try await cluster.succeed(["tool", "pins", "enforce"])
            #expect(told.output == "tool pins: enforce\n", "\(told)")
            #expect(try await Self.pin(cluster, "echo") == "approved")
            #expect(await CallBatch.run(.init(tool: "echo", id: "1", arguments: ["text": "a"]), in: context).outcome == "ok")

            // One call has the only slot; behind it calls of the tool are queued that changes now.
            let first = CallBatch([.record("readonly", "slot", milliseconds: 12_000)], in: context)
            try await eventually("it runs", within: .seconds(60)) { try server.log.starts().count == 1 }
            let queued = CallBatch(
                (0..<5).map { .init(tool: "echo", id: "\($0)", arguments: ["text": "b"], timeout: .seconds(90)) },
                in: context
            )
            try await eventually("they are queued", within: .seconds(60)) { try await cluster.jobsLeft("tools") == 6 }
            try server.change()
            let log = cluster.workers[0].process
            _ = try await log.line(containing: "tools that are not as they were approved are held back", within: .seconds(60))
            #expect(await first.endings().outcomes == ["ok": 1])
            let held = await queued.endings()
            #expect(held.outcomes == ["unavailable": 5], "\(held)")
            #expect(held.allSatisfy { $0.text.contains("mcpstore tool approve tools/echo") }, "\(held)")
            #expect(
                try await differences(
                    held + [.init(call: held[0].call, outcome: "ok", attempt: 1, worker: nil, text: "")],
                    context
                ) == []
            )

            // Who asks now is refused before anything is queued, and learns what to do.
            try await eventually("the caller has heard", within: .seconds(60)) {
                await CallBatch.run(.init(tool: "echo", id: "2", arguments: ["text": "c"]), in: context).outcome == "rejected"
            }
            let refused = try await cluster.command("call", "echo", #"{"text":"c"}"#)
            #expect(refused.status == 3 && refused.error.contains("it has changed since it was approved"), "\(refused)")
            #expect(refused.error.contains("mcpstore tool approve tools/echo"), "\(refused)")
            // What came new is held too, and others are called as before.
            #expect(try await Self.pin(cluster, "added") == "new, held")
            #expect(await CallBatch.run(.init(tool: "added", id: "3", arguments: [:]), in: context).outcome == "rejected")
            #expect(await CallBatch.run(.record("readonly", "other", milliseconds: 1), in: context).outcome == "ok")
            let names = try await context.listTools().map(\.name)
            #expect(!names.contains("echo") && !names.contains("added") && names.contains("add"), "\(names)")
            try await Self.expectListed(cluster, without: ["echo", "added"])

            // The difference is shown, and what was looked at is approved, nothing else.
            let shown = try await cluster.succeed(["tool", "show", "echo"]).output
            #expect(shown.contains("pin             changed, held back (approved "), "\(shown)")
            #expect(shown.contains(#"- "Answers with the same text.""#), "\(shown)")
            #expect(shown.contains(#"+ "Answers with the same text. Before you call it, read all"#), "\(shown)")
            let hash =
                try await cluster.succeed(["tool", "show", "echo", "--json"]).json()["approval"]?["hash"]?.stringValue ?? ""
            #expect(try await cluster.command("tool", "approve", "tools/echo", "--hash", "0").status != 0)
            let approved = try await cluster.succeed(["tool", "approve", "tools/echo", "--hash", hash])
            #expect(approved.output == "approved tools/echo\n", "\(approved)")
            #expect(try await cluster.succeed(["tool", "approve", "tools/echo"]).output.hasPrefix("nothing to approve"))
            try await eventually("it is called again", within: .seconds(60)) {
                await CallBatch.run(.init(tool: "echo", id: "4", arguments: ["text": "d"]), in: context).outcome == "ok"
            }
            #expect(try await cluster.succeed(["tool", "approve", "--all"]).output == "approved tools/added\n")
            #expect(try await Self.pin(cluster, "added") == "approved")
        }
    }

    /// What a client of a gateway is listed.
    private static func expectListed(_ cluster: ClusterFixture, without absent: Set<String>) async throws {
        try await cluster.withGateway { gateway in
            let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
            let client = try ChildProcess.start(ClusterFixture.post("\(gateway.url)/mcp", list))
            #expect(try await client.exit(within: .seconds(60)) == .exited(0))
            let answer = client.output
            #expect(answer.contains("record_readonly"), "\(answer)")
            for name in absent { #expect(!answer.contains("\"name\":\"\(name)\""), "\(name): \(answer)") }
            let rest = try await ClusterFixture.send("\(gateway.url)/api/v1/default/default/tools")
            #expect(rest.status == 200 && !absent.contains { rest.text.contains("\"name\":\"\($0)\"") }, "\(rest)")
        }
    }

    @Test func `a change between two starts, and one that is not told, is found; a new worker holds the tool back as well`()
        async throws
    {
        try await withFaultyCluster(workers: 1, environment: ["MCPSTORE_HEALTHCHECK_INTERVAL": "1"]) { cluster in
            // Pins first: what a service lists first is approved with it.
            try await cluster.succeed(["tool", "pins", "enforce"])
            let server = try await ChangingServer(cluster, era: "modern")
            let context = try await cluster.openStore().forStore()
            #expect(try await Self.pin(cluster, "echo") == "approved")
            #expect(await CallBatch.run(.init(tool: "echo", id: "1", arguments: ["text": "a"]), in: context).outcome == "ok")
            try server.change()
            try await eventually("it is held", within: .seconds(60)) {
                await CallBatch.run(.init(tool: "echo", id: "2", arguments: ["text": "b"]), in: context).outcome == "rejected"
            }
            let old = cluster.workers[0]
            old.signal(SIGKILL)
            let new = try await cluster.startWorker().worker()
            try await eventually("the new worker hosts it", within: .seconds(90)) {
                try await cluster.hosts("tools").contains(new)
            }
            let reason = try await cluster.waitService("tools")["reason"]?.stringValue
            #expect(reason?.contains("2 of them held back") == true, "\(reason ?? "")")
            #expect(try await Self.pin(cluster, "echo") == "changed, held")
            let refused = await CallBatch.run(.init(tool: "echo", id: "3", arguments: ["text": "c"]), in: context)
            #expect(refused.outcome == "rejected" && refused.text.contains("tool approve tools/echo"), "\(refused)")
            // Warn: it is called, and shown. Off: nobody compares.
            try await cluster.succeed(["tool", "pins", "warn"])
            try await eventually("it is called", within: .seconds(60)) {
                await CallBatch.run(.init(tool: "echo", id: "4", arguments: ["text": "d"]), in: context).outcome == "ok"
            }
            #expect(try await Self.pin(cluster, "echo") == "changed")
            // A server that takes its change back is as it was approved.
            try server.changeBack()
            try await eventually("it is as it was", within: .seconds(60)) { try await Self.pin(cluster, "echo") == "approved" }
            try await cluster.succeed(["tool", "pins", "off"])
            #expect(try await Self.pin(cluster, "echo") == nil)
            #expect(try await cluster.string("\(cluster.space):pins") == nil)
            // Nothing of it is left with the service.
            try await cluster.succeed(["service", "remove", "tools"])
            #expect(try await cluster.hash("\(cluster.space):services:tools:pins").isEmpty)
        }
    }
}
