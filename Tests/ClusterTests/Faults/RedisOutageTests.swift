import Foundation
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Redis that goes away` {
    @Test func `Redis frozen for three seconds under load: every call ends, later ones are answered by both workers`()
        async throws
    {
        try await withFaultyCluster { cluster in
            try await cluster.add("tools", replicas: 2)
            try await cluster.waitForHosts("tools", 2)
            let context = try await cluster.openStore(socketTimeout: .seconds(1)).forStore()
            let load = EndlessLoad(in: context, callers: 16, timeout: .seconds(10))
            try await eventually("200 calls") { load.count >= 200 }
            cluster.redis.pause()
            let paused = ContinuousClock.now
            // No wait for anything: this is how long the fault lasts.
            try await Task.sleep(for: .seconds(3))
            cluster.redis.resume()
            try await Self.recovers(cluster, load, context)
            let endings = await load.end()
            print("MEASURED Redis frozen 3 s: recovered \(ContinuousClock.now - paused) after the freeze, \(endings.outcomes)")
            Self.check(endings)
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }

    @Test func `Redis killed and started again from its log under load: every call ends, stats equal the outcomes`() async throws
    {
        try await withFaultyCluster(appendOnly: true) { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            let context = try await cluster.openStore(socketTimeout: .seconds(5)).forStore()
            let load = EndlessLoad(in: context, callers: 16, timeout: .seconds(15))
            try await eventually("100 calls") { load.count >= 100 }
            // They run while Redis is away; some end in that time.
            let long = CallBatch(
                (0..<12).map { .record("destructive", "long-\($0)", milliseconds: 50 + $0 * 100) },
                in: context
            )
            try await eventually("12 starts") { try log.starts().count == 12 }
            let killed = ContinuousClock.now
            await cluster.redis.kill()
            try await cluster.redis.restart()
            try await Self.recovers(cluster, load, context)
            for ending in await long.endings() { #expect(ending.outcome == "ok" && ending.attempt == 1, "\(ending)") }
            #expect(try log.starts().values.allSatisfy { $0 == 1 })
            #expect(try await context.toolStats("record_destructive").outcomes.filter { $0.value > 0 } == ["ok": 12])
            let endings = await load.end()
            print("MEASURED Redis killed: recovered \(ContinuousClock.now - killed) after it, \(endings.outcomes)")
            Self.check(endings)
            // A caller that was told nothing may have been counted; no one who was told of an end was not.
            try await eventually("the lanes are empty", within: .seconds(120)) { try await cluster.jobsLeft("tools") == 0 }
            for tool in ["echo", "sleep"] {
                let stats = try await context.toolStats(tool)
                let told = endings.of(tool).outcomes
                for (outcome, count) in stats.outcomes {
                    let unknown = told["unknown", default: 0]
                    #expect(
                        (told[outcome, default: 0]...told[outcome, default: 0] + unknown).contains(count),
                        "\(tool) \(outcome): \(stats.outcomes), told \(told)"
                    )
                }
            }
        }
    }

    /// Waits until both workers answer again.
    private static func recovers(_ cluster: ClusterFixture, _ load: EndlessLoad, _ context: StoreContext) async throws {
        let before = load.count
        try await eventually("answers of both workers after the outage", within: .seconds(30)) {
            let answered = load.endings.dropFirst(before + 32).filter { $0.outcome == "ok" }
            return Set(answered.compactMap(\.worker)).count >= 2
        }
    }

    /// Each call ended with an answer, an outcome that an outage explains, or an error that says what is known.
    private static func check(_ endings: [CallBatch.Ending]) {
        let explained: Set = ["ok", "unknown", "notAccepted", "redis", "timedOut", "interrupted"]
        let odd = endings.filter { !explained.contains($0.outcome) }
        #expect(odd.isEmpty, "\(odd.prefix(3))")
        #expect(endings.filter { $0.outcome == "ok" }.count > endings.count / 4, "\(endings.outcomes)")
        // Read-only calls are never interrupted.
        #expect(endings.outcomes["interrupted"] == nil, "\(endings.outcomes)")
    }
}
