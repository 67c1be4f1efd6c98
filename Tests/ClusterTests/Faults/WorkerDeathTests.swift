import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

@Suite struct `Workers that die` {
    @Test func `SIGKILL while calls run: the others take over, nothing is lost, nothing with side effects runs twice`()
        async throws
    {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore().forStore()
            let victim = cluster.workers[0]
            let victimID = try await victim.worker()
            let children = try ProcessTable.descendants(of: victim.processIdentifier)

            let kinds = ["readonly", "idempotent", "destructive"]
            let batch = CallBatch(
                (0..<60).map { .record(kinds[$0 % 3], "call-\($0)", milliseconds: 1500) },
                in: context
            )
            // All run, on both workers; the victim has some of each kind.
            try await eventually("60 starts") { try log.starts().count == 60 }
            let lost = try log.running(in: children)
            victim.signal(SIGKILL)
            let killed = ContinuousClock.now
            let endings = await batch.endings()
            let took = ContinuousClock.now - killed

            print("MEASURED worker killed, replicas 2: all outcomes after \(took)")
            #expect(took < .seconds(15))
            #expect(lost.count > 10, "\(lost.count) calls ran on the worker that was killed")
            let starts = try log.starts()
            for ending in endings {
                let wasLost = lost.contains(ending.call.id)
                if ending.call.tool == "record_destructive" {
                    #expect(ending.outcome == (wasLost ? "interrupted" : "ok"), "\(ending)")
                    #expect(starts[ending.call.id] == 1, "\(ending)")
                    if wasLost { #expect(ending.text.contains("may have taken effect"), "\(ending)") }
                } else {
                    #expect(ending.outcome == "ok", "\(ending)")
                    #expect(ending.attempt == (wasLost ? 2 : 1), "\(ending)")
                    #expect(starts[ending.call.id] == (wasLost ? 2 : 1), "\(ending)")
                    #expect(!wasLost || ending.worker != victimID, "\(ending)")
                }
            }
            #expect(try await differences(endings, context) == [])
            try await cluster.waitUntilForgotten(victimID)
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }

    @Test func `SIGKILL of the only host: the service moves to the other worker, with what is queued`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 1, options: ["--concurrency", "8"])
            let context = try await cluster.openStore().forStore()
            let victim = try await cluster.onlyHost(of: "tools")
            let victimID = try await victim.worker()

            // Eight run, the others wait in the lane.
            let calls = (0..<24).map {
                CallBatch.Call.record($0 % 2 == 0 ? "readonly" : "destructive", "call-\($0)", milliseconds: 800)
            }
            let batch = CallBatch(calls, in: context)
            try await eventually("8 starts") { try log.starts().count >= 8 }
            let before = try log.lines()
            victim.signal(SIGKILL)
            let killed = ContinuousClock.now
            let endings = await batch.endings()
            print("MEASURED only host killed: all outcomes after \(ContinuousClock.now - killed)")
            #expect(ContinuousClock.now - killed < .seconds(15))

            let starts = try log.starts()
            #expect(!endings.of("record_destructive").contains { starts[$0.call.id, default: 0] > 1 })
            #expect(endings.of("record_readonly").allSatisfy { $0.outcome == "ok" })
            #expect(endings.of("record_destructive").allSatisfy { ["ok", "interrupted"].contains($0.outcome) })
            let interrupted = Set(endings.filter { $0.outcome == "interrupted" }.map(\.call.id))
            // Whatever was never given to the dead worker has run, and is not called interrupted.
            #expect((1...8).contains(interrupted.count), "\(interrupted)")
            #expect(before.filter { $0.event == "start" }.count >= 8)
            #expect(try await differences(endings, context) == [])
            let now = try await cluster.waitForHosts("tools", 1)
            #expect(now != [victimID])
            try await cluster.waitUntilForgotten(victimID)
        }
    }

    @Test func `A worker that was stopped beyond its lease is a zombie: it registers anew and its late answers are dropped`()
        async throws
    {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore().forStore()
            let zombie = cluster.workers[1]
            let zombieID = try await zombie.worker()
            let children = try ProcessTable.descendants(of: zombie.processIdentifier)
            let batch = CallBatch(
                (0..<48).map { .record($0 % 2 == 0 ? "readonly" : "destructive", "call-\($0)", milliseconds: 1000) },
                in: context
            )
            try await eventually("48 starts") { try log.starts().count == 48 }
            let lost = try log.running(in: children)
            zombie.signal(SIGSTOP)
            // Its MCP server goes on and answers into the pipe; nobody reads that.
            let endings = await batch.endings()
            #expect(lost.count > 5)
            try await cluster.waitUntilForgotten(zombieID)
            // The order lies in its control stream: it follows it before it knows that it is dead.
            _ = try await cluster.succeed(["service", "restart", "tools"])
            zombie.signal(SIGCONT)
            let newID = try await zombie.worker(registration: 1)
            #expect(newID != zombieID)

            let starts = try log.starts()
            for ending in endings {
                let wasLost = lost.contains(ending.call.id)
                if ending.call.tool == "record_destructive" {
                    #expect(ending.outcome == (wasLost ? "interrupted" : "ok"), "\(ending)")
                    #expect(starts[ending.call.id] == 1, "\(ending)")
                } else {
                    #expect(ending.outcome == "ok" && ending.attempt == (wasLost ? 2 : 1), "\(ending)")
                }
            }
            // It hosts again under its new id, and both answer.
            try await eventually("the zombie hosts again, under one name") {
                let hosts = try await cluster.hosts("tools")
                return hosts.contains(newID) && !hosts.contains(zombieID)
            }
            var more: [CallBatch.Ending] = []
            try await eventually("an answer of the worker that came back") {
                let call = CallBatch.Call(tool: "pid", id: "pid", arguments: [:])
                let new = await CallBatch(Array(repeating: call, count: 8), in: context).endings()
                more += new
                return new.contains { $0.worker == newID }
            }
            #expect(more.allSatisfy { $0.outcome == "ok" })
            // Counted once each, although the zombie has long settled what it had.
            #expect(try await differences(endings + more, context) == [])
            #expect(try await cluster.jobsLeft("tools") == 0)
            try await cluster.waitUntilForgotten(zombieID)
        }
    }

    @Test func `The leading coordinator killed: another leads and recovers the jobs of a worker that dies then`() async throws {
        try await withFaultyCluster(coordinators: 2) { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore().forStore()
            let leading = cluster.coordinators.filter { $0.log.contains("this coordinator leads from now on") }
            #expect(leading.count == 1)
            let leader = try #require(leading.first)
            let other = try #require(cluster.coordinators.first { $0.processIdentifier != leader.processIdentifier })
            leader.signal(SIGKILL)
            let killed = ContinuousClock.now
            let newLeader = try await other.leads(within: .seconds(15))
            print("MEASURED coordinator killed: another leads after \(ContinuousClock.now - killed)")
            #expect(try await context.status().coordinator?.contains(newLeader) == true)

            let victim = cluster.workers[0]
            let children = try ProcessTable.descendants(of: victim.processIdentifier)
            let batch = CallBatch(
                (0..<48).map { .record($0 % 2 == 0 ? "readonly" : "destructive", "call-\($0)", milliseconds: 1000) },
                in: context
            )
            try await eventually("48 starts") { try log.starts().count == 48 }
            let lost = try log.running(in: children)
            victim.signal(SIGKILL)
            let dead = ContinuousClock.now
            let endings = await batch.endings()
            print("MEASURED worker killed after a new election: all outcomes after \(ContinuousClock.now - dead)")
            #expect(ContinuousClock.now - dead < .seconds(15))
            #expect(!lost.isEmpty)
            for ending in endings {
                let isOver = lost.contains(ending.call.id) && ending.call.tool == "record_destructive"
                #expect(ending.outcome == (isOver ? "interrupted" : "ok"), "\(ending)")
            }
            #expect(try await differences(endings, context) == [])
        }
    }
}
