import Foundation
import MCPStore
import TestSupport
import Testing

@Suite struct `Deadlines and admission` {
    @Test
    func `waiting and running are limited by service, tool and call, tool show says by whom, a full lane says when to come back`()
        async throws
    {
        try await withFaultyCluster(workers: 1) { cluster in
            let log = try await cluster.addRecorder(replicas: 1, options: ["--concurrency", "1"])
            try await cluster.succeed(
                [
                    "service", "patch", "tools",
                    #"{"waitTimeoutMs":700,"maxQueued":3,"toolSettings":{"sleep":{"runTimeoutMs":200,"retry":"never"}}}"#,
                ]
            )
            let context = try await cluster.openStore().forStore()
            let shown = try await cluster.succeed(["tool", "show", "sleep", "--json"]).json()["policy"]
            #expect(shown?["waiting"] == ["ms": 700, "source": "operator, waitTimeoutMs"])
            #expect(shown?["running"] == ["ms": 200, "source": "operator, toolSettings.runTimeoutMs"])
            #expect(shown?["total"] == ["ms": 60_000, "source": "default"])
            #expect(shown?["mayRunAgain"] == ["value": false, "source": "operator, toolSettings.retry"])
            let text = try await cluster.succeed(["tool", "show", "record_readonly"]).output
            #expect(
                text.contains("is run again (hint, readOnlyHint)") && text.contains("700 ms (operator, waitTimeoutMs)"),
                "\(text)"
            )

            // Running: the tool's own limit. On a busy machine the limit for waiting may come first.
            try await eventually("the limit for running ends a call", within: .seconds(60)) {
                let slow = try await cluster.command("call", "sleep", #"{"ms":20000}"#)
                #expect(slow.status == 3, "\(slow)")
                return slow.error.contains("limit for running of 0.2 s")
            }

            // Waiting: the one slot is taken.
            let long = CallBatch([.record("destructive", "long", milliseconds: 15_000)], in: context)
            try await eventually("it runs") { try log.starts()["long"] == 1 }
            let late = try await cluster.command("call", "echo", #"{"text":"x"}"#)
            #expect(late.status == 3 && late.error.contains("limit for waiting of 0.7 s"), "\(late)")
            let own = try await cluster.command("call", "echo", #"{"text":"x"}"#, "--wait-timeout", "100ms", "--json")
            #expect(try own.json()["outcome"] == "timedOut" && own.error.contains("limit for waiting of 0.1 s"), "\(own)")
            // Admission: three are there, the one that runs among them.
            let patient = (0..<3).map { _ in Task { try await context.callTool("echo", ["text": "y"], waiting: .seconds(60)) } }
            let busy = try await eventually("the lane is full") { () -> MCPStoreError? in
                do throws(MCPStoreError) {
                    _ = try await context.callTool("echo", ["text": "z"], waiting: .milliseconds(1))
                    return nil
                } catch { return error.code == .busy ? error : nil }
            }
            #expect(busy.retryAfter != nil && busy.message.contains("try again in"), "\(busy)")
            #expect(await long.endings()[0].outcome == "ok")
            for call in patient {
                do { #expect(try await call.value.text == "y") } catch let error as MCPStoreError { #expect(error.code == .busy) }
            }
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }
}
