import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Poison` {
    @Test func `a call that kills three workers is a dead letter, which is replayed once the tool is well`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let context = try await cluster.openStore().forStore()
            let arguments: JSONValue = ["id": "killer", "ms": 8000]
            let call = CallBatch.Call(tool: "record_readonly", id: "killer", arguments: arguments, timeout: .seconds(120))
            let batch = CallBatch([call], in: context)
            // Whichever worker runs it dies.
            for death in 1...3 {
                try await eventually("start \(death)", within: .seconds(60)) { try log.starts()["killer"] == death }
                let running = try log.lines().last { $0.id == "killer" && $0.event == "start" }?.process ?? 0
                let killed = try cluster.workers.filter {
                    try ProcessTable.descendants(of: $0.processIdentifier).contains(running)
                }
                #expect(killed.count == 1)
                killed.forEach { $0.signal(SIGKILL) }
                _ = try await cluster.startWorker().worker()
            }
            let ending = await batch.endings()[0]
            #expect(ending.outcome == "interrupted" && ending.attempt == 3, "\(ending)")
            #expect(ending.text.contains("poison"), "\(ending)")

            let list = try await cluster.succeed(["dead", "list", "--service", "tools", "--since", "1h", "--json"]).json()
            let letter = try #require(list.arrayValue?.first)
            #expect(list.arrayValue?.count == 1 && letter["tool"] == "record_readonly" && letter["params"] == nil)
            let id = try #require(letter["id"]?.stringValue)
            #expect(try await cluster.succeed(["dead", "list"]).output.contains("record_readonly"))
            #expect(try await cluster.succeed(["dead", "list", "--tool", "echo"]).output == "no dead letters\n")
            let shown = try await cluster.succeed(["dead", "show", id, "--json"]).json()
            #expect(shown["params"]?["arguments"] == arguments && shown["attempt"] == 3)

            // The tool is well: nobody kills its worker any more.
            try await cluster.waitService("tools")
            let replay = try await cluster.succeed(["dead", "replay", id, "--wait"])
            #expect(replay.output.contains("recorded killer"), "\(replay)")
            #expect(try await cluster.command("dead", "replay", id).status == 2)
            #expect(try await cluster.outcomes("record_readonly") == ["interrupted": 1, "ok": 1])
            #expect(try log.starts()["killer"] == 4)

            // A letter of a call that answers at once.
            try await cluster.withRedis { redis in
                let lane = "\(cluster.space):jobs:tools"
                for text in ["hi", "ho"] {
                    let parameters = #"{"name":"echo","arguments":{"text":"\#(text)"}}"#
                    var command = RedisCommand("XADD", "\(cluster.space):dead", "*", "id", "x", "name", "echo", "again", "1")
                    for word in ["params", parameters, "stream", lane, "reason", "{}"] { command.append(word) }
                    _ = try await redis.execute(command)
                }
            }
            let waited = try await cluster.succeed(["dead", "replay", "--all", "--limit", "1", "--wait", "--json"]).json()
            #expect(waited["outcome"] == "ok" && waited["result"]?["content"]?.arrayValue?.first?["text"] == "ho")
            let replayed = try await cluster.succeed(["dead", "replay", "--tool", "echo", "--json"]).json()
            let job = try #require(replayed["job"]?.stringValue)
            try await eventually("the answer of the replay") {
                try await cluster.command("dead", "answer", job).output.contains("hi")
            }
            #expect(try await cluster.succeed(["dead", "purge", "--all"]).output.hasPrefix("purged 0"))
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }
}
