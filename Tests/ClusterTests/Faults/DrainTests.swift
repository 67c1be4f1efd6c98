import Glibc
import MCPStore
import Synchronization
import TestSupport
import Testing

@Suite struct `Workers that leave` {
    @Test func `SIGTERM while calls run: they finish, all others are answered by the worker that stays`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore().forStore()
            let leaving = cluster.workers[0]
            let leavingID = try await leaving.worker()
            let children = try ProcessTable.descendants(of: leaving.processIdentifier)

            let load = EndlessLoad(in: context, callers: 8)
            // More than the 32 that one worker runs at once: both have some.
            let long = CallBatch((0..<40).map { .record("destructive", "long-\($0)", milliseconds: 4000) }, in: context)
            try await eventually("40 starts") { try log.starts().count == 40 }
            let finishing = try log.running(in: children)
            #expect(!finishing.isEmpty)
            leaving.signal(SIGTERM)
            #expect(try await leaving.process.exit(within: .seconds(30)) == .exited(0))
            // Nothing of it is left at the moment when it is gone.
            try await cluster.waitUntilForgotten(leavingID)
            let afterwards = load.count
            try await eventually("200 more calls") { load.count >= afterwards + 200 }
            let short = await load.end()
            let endings = await long.endings()

            for ending in endings {
                #expect(ending.outcome == "ok" && ending.attempt == 1, "\(ending)")
                if finishing.contains(ending.call.id) { #expect(ending.worker == leavingID, "\(ending)") }
            }
            #expect(try log.starts().values.allSatisfy { $0 == 1 })
            let failed = short.filter { $0.outcome != "ok" }
            #expect(failed.isEmpty, "\(failed.count) of \(short.count): \(failed.prefix(3))")
            #expect(short.allSatisfy { $0.attempt == 1 })
            #expect(try await differences(short + endings, context) == [])
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }

    @Test func `SIGTERM of the only host: its service moves, and calls wait for that instead of failing`() async throws {
        try await withFaultyCluster { cluster in
            let log = try await cluster.addRecorder(replicas: 1, options: ["--concurrency", "4"])
            let context = try await cluster.openStore().forStore()
            let leaving = try await cluster.onlyHost(of: "tools")
            let leavingID = try await leaving.worker()

            let load = EndlessLoad(in: context, callers: 8)
            // More than run at once: some are queued when the worker leaves.
            let long = CallBatch((0..<16).map { .record("destructive", "long-\($0)", milliseconds: 400) }, in: context)
            try await eventually("2 starts") { try log.starts().count >= 2 }
            leaving.signal(SIGTERM)
            #expect(try await leaving.process.exit(within: .seconds(30)) == .exited(0))
            try await cluster.waitUntilForgotten(leavingID)
            let endings = await long.endings()
            let afterwards = load.count
            try await eventually("100 more calls") { load.count >= afterwards + 100 }
            let short = await load.end()

            #expect(endings.allSatisfy { $0.outcome == "ok" && $0.attempt == 1 }, "\(endings.outcomes)")
            #expect(Set(endings.map(\.worker)).count == 2)
            #expect(try log.starts().count == 16 && log.starts().values.allSatisfy { $0 == 1 })
            let failed = short.filter { $0.outcome != "ok" }
            #expect(failed.isEmpty, "\(failed.count) of \(short.count): \(failed.prefix(3))")
            #expect(try await differences(short + endings, context) == [])
        }
    }
}
