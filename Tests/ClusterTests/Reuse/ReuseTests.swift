import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// Calls that are the same are run once, where an operator has asked for that.
@Suite struct `Answers that are used again` {
    private static func add(_ cluster: ClusterFixture, _ reuse: JSONValue, more: [String: JSONValue] = [:]) async throws
        -> ExecutionLog
    {
        let log = ExecutionLog(path: cluster.directory.path + "/record")
        var entry: [String: JSONValue] = [
            "command": .string(BuiltProduct.path(of: "toolserver")), "args": ["--record", .string(log.path)], "reuse": reuse,
        ]
        entry.merge(more) { $1 }
        let file = JSONValue.object(["mcpServers": .object(["tools": .object(entry)])]).description
        try await cluster.succeed(["service", "add", "--from", "-"], input: file)
        try await cluster.waitService("tools")
        return log
    }

    /// How many calls of a tool were answered by others.
    private static func reused(_ cluster: ClusterFixture, _ tool: String, _ field: String) async throws -> Int {
        Int(try await cluster.hash("\(cluster.space):tools:\(tool):stats")[field] ?? "") ?? 0
    }

    @Test func `50 callers that ask the same at once get 50 answers of one run, although two of them are killed`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            // Fewer slots than calls: who waits for another's answer needs none.
            let log = try await Self.add(cluster, ["inFlight": true], more: ["concurrency": 8])
            let stores = [try await cluster.openStore(), try await cluster.openStore()]
            let arguments = #"{"id":"one","ms":12000}"#
            // Two processes that die ask first: the one whose call runs, and one that waits for its answer.
            let dying = try (0..<2).map { _ in try cluster.begin(["call", "record_readonly", arguments, "--timeout", "60s"]) }
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["one"] == 1 }
            let batches = stores.enumerated().map { number, store in
                CallBatch(
                    (0..<25).map { call in
                        // The order of members and white space make no other call.
                        let same: JSONValue = ["ms": 12000, "id": "one"]
                        return .init(tool: "record_readonly", id: "\(number)-\(call)", arguments: same, timeout: .seconds(90))
                    },
                    in: store.forStore()
                )
            }
            try await eventually("all are there", within: .seconds(60)) { try await cluster.jobsLeft("tools") == 52 }
            for process in dying { process.process.signal(SIGKILL) }
            // Another call is not kept from running by those that wait.
            let other = await CallBatch.run(.record("readonly", "other", milliseconds: 1), in: stores[0].forStore())
            #expect(other.outcome == "ok", "\(other)")
            var endings: [CallBatch.Ending] = []
            for batch in batches { endings += await batch.endings() }
            #expect(endings.outcomes == ["ok": 50], "\(endings.filter { $0.outcome != "ok" }.prefix(3))")
            #expect(Set(endings.map(\.text)).count == 1)
            #expect(try log.starts() == ["one": 1, "other": 1])
            // Nobody reads the outcomes of the two that were killed, which count all the same.
            try await eventually("all have ended", within: .seconds(60)) { try await cluster.jobsLeft("tools") == 0 }
            #expect(try await cluster.outcomes("record_readonly") == ["ok": 53])
            #expect(try await Self.reused(cluster, "record_readonly", "reused_in_flight") == 51)
            let shown = try await cluster.succeed(["tool", "stats", "record_readonly", "--json"]).json()
            #expect(shown["reused"]?["reused_in_flight"] == 51 && shown["calls"] == 53, "\(shown)")
        }
    }

    @Test func `a caller that gives up does not take the answer from those who wait for the same`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await Self.add(cluster, ["inFlight": true])
            let context = try await cluster.openStore().forStore()
            let arguments: JSONValue = ["id": "one", "ms": 6000]
            let leader = Task {
                try await context.callTool("record_readonly", arguments, timeout: .seconds(60))
            }
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["one"] == 1 }
            let waiting = CallBatch(
                (0..<4).map { .init(tool: "record_readonly", id: "\($0)", arguments: arguments, timeout: .seconds(60)) },
                in: context
            )
            try await eventually("all are there", within: .seconds(60)) { try await cluster.jobsLeft("tools") == 5 }
            leader.cancel()
            #expect(await storeErrorCode { _ = try await leader.value } == "cancelled")
            #expect(await waiting.endings().outcomes == ["ok": 4])
            #expect(try log.starts() == ["one": 1])
            #expect(try await cluster.outcomes("record_readonly") == ["ok": 4, "cancelled": 1])
            // Who waits no longer than its own deadline ends then.
            let long = CallBatch([.init(tool: "record_readonly", id: "long", arguments: ["id": "two", "ms": 6000])], in: context)
            try await eventually("it runs", within: .seconds(60)) { try log.starts()["two"] == 1 }
            let short = await CallBatch.run(
                .init(tool: "record_readonly", id: "short", arguments: ["id": "two", "ms": 6000], timeout: .milliseconds(300)),
                in: context
            )
            #expect(short.outcome == "timedOut", "\(short)")
            #expect(await long.endings().outcomes == ["ok": 1])
            #expect(try log.starts() == ["one": 1, "two": 1])
        }
    }

    private func storeErrorCode(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? MCPStoreError)?.code.description
        }
    }

    @Test func `an answer is kept for as long as is said, and only of tools that say that they change nothing`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await Self.add(
                cluster,
                ["inFlight": true, "keepForMs": 600_000],
                more: [
                    // record_readonly does not say that it is idempotent: the operator does.
                    "idempotentTools": ["record_readonly"],
                    "toolSettings": ["pid": ["reuse": ["keepForMs": 0]]],
                ]
            )
            let context = try await cluster.openStore().forStore()
            func call(_ tool: String, _ arguments: JSONValue) async -> CallBatch.Ending {
                await CallBatch.run(.init(tool: tool, id: "x", arguments: arguments), in: context)
            }
            for _ in 0..<3 { #expect(await call("record_readonly", ["id": "kept", "ms": 0]).outcome == "ok") }
            #expect(try log.starts()["kept"] == 1)
            #expect(try await Self.reused(cluster, "record_readonly", "reused_kept") == 2)
            #expect(await call("record_readonly", ["id": "other", "ms": 0]).outcome == "ok")
            #expect(try log.starts()["other"] == 1)
            // Never of a tool that does not say that it changes nothing, and never a failure.
            for _ in 0..<2 { #expect(await call("record_idempotent", ["id": "twice", "ms": 0]).outcome == "ok") }
            #expect(try log.starts()["twice"] == 2)
            for _ in 0..<2 { #expect(await call("fail", ["message": "no"]).outcome == "toolError") }
            #expect(try await Self.reused(cluster, "fail", "reused_kept") == 0)
            let shown = try await cluster.succeed(["tool", "show", "record_idempotent"]).output
            #expect(shown.contains("reuse.keepForMs, but the tool does not say readOnlyHint"), "\(shown)")
            #expect(try await cluster.succeed(["tool", "show", "pid"]).output.contains("toolSettings.reuse.keepForMs"))

            // A shorter time, and it is over.
            try await cluster.succeed(["service", "patch", "tools", #"{"reuse":{"keepForMs":1}}"#])
            try await eventually("it runs again", within: .seconds(60)) {
                _ = await call("record_readonly", ["id": "kept", "ms": 0])
                return try (log.starts()["kept"] ?? 0) >= 2
            }
            #expect(try await cluster.outcomes("record_readonly")["ok"] ?? 0 >= 5)
        }
    }
}
