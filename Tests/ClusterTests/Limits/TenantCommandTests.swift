import MCPStore
import TestSupport
import Testing

@Suite struct `mcpstore tenant` {
    @Test func `what is said of a tenant is shown, holds for its calls in all workers, and is taken back`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let nothing = try await cluster.succeed(["tenant", "list"]).output
            #expect(nothing.contains("nothing was said of any tenant"), "\(nothing)")

            try await cluster.succeed(["tenant", "set", "acme", "--weight", "3"])
            let set = try await cluster.succeed([
                "tenant", "set", "default", "--max-running", "1", "--rate", "50", "--burst", "60",
            ]).output
            #expect(set.contains("running  at most 1") && set.contains("rate     50/s, burst 60"), "\(set)")
            // What is not named stays.
            let more = try await cluster.succeed(["tenant", "set", "default", "--rate", "0", "--max-queued", "100", "--json"])
                .json()
            #expect(more["max_running"] == 1 && more["rate"] == .null && more["max_queued"] == 100, "\(more)")
            let shown = try await cluster.succeed(["tenant", "show", "default", "--json"]).json()
            #expect(shown == more)
            let list = try await cluster.succeed(["tenant", "list"]).output.split(separator: "\n").map {
                $0.split(separator: " ")
            }
            #expect(list.map { $0.first } == ["NAMESPACE", "acme", "default"] && list[1].dropFirst().first == "3", "\(list)")
            for (arguments, problem) in [
                (["tenant", "set", "default"], "say what to set"), (["tenant", "set", "a:b", "--weight", "1"], "namespace"),
                (["tenant", "set", "default", "--weight", "0"], "--weight takes"),
                (["tenant", "set", "acme", "--burst", "5"], "a burst needs a rate"),
            ] {
                let result = try await cluster.command(arguments)
                #expect(result.status == 2 && result.error.contains(problem), "\(result)")
            }

            let context = try await cluster.openStore().forStore()
            try await eventually("the workers have heard of it", within: .seconds(60)) {
                _ = await CallBatch.run(.record("readonly", "look", milliseconds: 1), in: context)
                return try await !cluster.hash("\(cluster.pool):tenant:default:limit").isEmpty
            }
            var attempts = 0
            func atOnce() async throws -> Int {
                attempts += 1
                let name = "attempt\(attempts)-"
                let calls = (0..<8).map { number in
                    var call = CallBatch.Call.record("destructive", "\(name)\(number)", milliseconds: 200)
                    call.timeout = .seconds(120)
                    return call
                }
                let endings = await CallBatch(calls, in: context).endings()
                #expect(endings.outcomes == ["ok": 8], "\(endings)")
                return try log.mostAtOnce { $0.hasPrefix(name) }
            }
            // One worker may have heard of it, and the other not yet.
            try await eventually("both have", within: .seconds(60)) { try await atOnce() == 1 }
            try await cluster.succeed(["tenant", "reset", "default"])
            try await eventually("and that it is over", within: .seconds(60)) { try await atOnce() > 1 }
            let reset = try await cluster.succeed(["tenant", "show", "default"]).output
            #expect(reset.contains("running  not limited") && reset.contains("written  never"), "\(reset)")
        }
    }
}
