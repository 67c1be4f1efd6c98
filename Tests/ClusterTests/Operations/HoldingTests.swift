import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

@Suite struct `Services and workers that are held` {
    @Test func `a paused service starts nothing, also on a new worker, and all that waited is answered`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore().forStore()
            let running = CallBatch((0..<8).map { .record("destructive", "running-\($0)", milliseconds: 1500) }, in: context)
            try await eventually("8 starts") { try log.starts().count == 8 }
            #expect(try await cluster.succeed(["service", "pause", "tools"]).output.hasPrefix("paused tools"))
            #expect(try await cluster.succeed(["service", "pause", "tools"]).output == "tools is paused already\n")
            let shown = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
            #expect(shown["hold"] == "paused" && shown["reason"]?.stringValue?.hasPrefix("paused: ") == true)
            // What ran may finish.
            #expect(await running.endings().outcomes == ["ok": 8])
            let waiting = CallBatch((0..<24).map { .record("destructive", "waiting-\($0)", milliseconds: 10) }, in: context)
            let late = try await cluster.command("call", "echo", #"{"text":"x"}"#, "--timeout", "500ms")
            #expect(late.status == 3 && late.error.contains("timedOut") && late.error.contains("is paused"), "\(late)")

            // Neither a new configuration nor a new worker resumes it.
            try await cluster.succeed(["service", "patch", "tools", #"{"description":"other"}"#])
            let leaving = cluster.workers[0]
            leaving.signal(SIGTERM)
            #expect(try await leaving.process.exit(within: .seconds(30)) == .exited(0))
            let new = try await cluster.startWorker().worker()
            try await eventually("the new worker hosts it") { try await cluster.hosts("tools").contains(new) }
            try await eventually("24 wait") { try await cluster.jobsLeft("tools") == 24 }
            #expect(try log.starts().count == 8)
            #expect(try await cluster.succeed(["service", "resume", "tools"]).output == "resumed tools\n")
            let endings = await waiting.endings()
            #expect(endings.outcomes == ["ok": 24], "\(endings.filter { $0.outcome != "ok" }.prefix(3))")
            #expect(endings.allSatisfy { $0.attempt == 1 })
            #expect(try log.starts().count == 32 && log.starts().values.allSatisfy { $0 == 1 })
            #expect(try await differences(endings + running.endings(), context) == [])
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }

    @Test func `a service is drained under load: what was accepted is answered, new calls are rejected until it resumes`()
        async throws
    {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2, options: ["--concurrency", "4"])
            let context = try await cluster.openStore().forStore()
            // More than run at once: most are queued.
            let batch = CallBatch((0..<60).map { .record("destructive", "call-\($0)", milliseconds: 100) }, in: context)
            try await eventually("8 starts") { try log.starts().count >= 8 }
            let early = try await cluster.command("service", "drain", "tools", "--timeout", "1ms")
            #expect(early.status == 3 && early.error.contains("still has"), "\(early)")
            let drained = try await cluster.succeed(["service", "drain", "tools"])
            #expect(drained.output.hasPrefix("drained tools") && drained.error.contains("0 queued, 0 running"), "\(drained)")
            #expect(try await cluster.jobsLeft("tools") == 0)
            #expect(await batch.endings().outcomes == ["ok": 60])
            let refused = await CallBatch([.record("readonly", "late", milliseconds: 1)], in: context).endings()[0]
            #expect(refused.outcome == "rejected" && refused.text.contains("is being drained"), "\(refused)")
            let command = try await cluster.command("call", "echo", #"{"text":"x"}"#)
            #expect(command.status == 3 && command.error.contains("service resume tools"), "\(command)")
            try await cluster.succeed(["service", "resume", "tools"])
            let after = await CallBatch([.record("readonly", "after", milliseconds: 1)], in: context).endings()[0]
            #expect(after.outcome == "ok", "\(after)")
            #expect(try log.starts().count == 61 && log.starts().values.allSatisfy { $0 == 1 })
            #expect(try await differences(batch.endings() + [after], context) == [])
        }
    }

    @Test func `a worker is drained under load and resumed: every call is answered at its first start`() async throws {
        // A grace that the long calls do not keep: who drains a worker waits for them.
        try await withFaultyCluster(workerArguments: ["--drain-grace", "1s"]) { cluster in
            let log = try await cluster.addRecorder(replicas: 1)
            let context = try await cluster.openStore().forStore()
            let host = try await cluster.onlyHost(of: "tools")
            let id = try await host.worker()
            let load = EndlessLoad(in: context, callers: 6)
            let long = CallBatch((0..<8).map { .record("destructive", "long-\($0)", milliseconds: 5000) }, in: context)
            try await eventually("8 starts") { try log.starts().count == 8 }
            let drained = try await cluster.succeed(["worker", "drain", id])
            #expect(drained.output.hasPrefix("drained \(id)"), "\(drained)")
            #expect(try await !cluster.hosts("tools").contains(id))
            let listed = try await cluster.succeed(["worker", "list", "--json"]).json().arrayValue ?? []
            #expect(listed.count == 2 && listed.first { $0["id"]?.stringValue == id }?["draining"] == true)
            let endings = await long.endings()
            #expect(endings.allSatisfy { $0.outcome == "ok" && $0.attempt == 1 && $0.worker == id }, "\(endings)")
            let before = load.count
            try await eventually("100 more calls") { load.count >= before + 100 }

            // The other one is emptied: all must come back to the first.
            try await cluster.succeed(["worker", "resume", id])
            let other = try await (cluster.workers[0] === host ? cluster.workers[1] : cluster.workers[0]).worker()
            try await cluster.succeed(["worker", "drain", other, "--stop"])
            try await cluster.waitUntilForgotten(other)
            let then = load.count
            try await eventually("100 more calls") { load.count >= then + 100 }
            let short = await load.end()
            #expect(try await cluster.hosts("tools") == [id])
            let failed = short.filter { $0.outcome != "ok" || $0.attempt != 1 }
            #expect(failed.isEmpty, "\(failed.count) of \(short.count): \(failed.prefix(3))")
            #expect(try await cluster.command("worker", "drain", "w-nobody").status == 2)
            #expect(try log.starts().values.allSatisfy { $0 == 1 })
            #expect(try await differences(short + endings, context) == [])
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }
}
