import MCPStore
import TestSupport
import Testing

@Suite struct `Calls that are longer than leases` {
    @Test func `A call of many leases on a busy cluster is never taken for dead, and gets its answer`() async throws {
        var options = ClusterFixture.Options()
        options.lease = "2s"
        await ClusterGate.shared.enter()
        defer { Task { await ClusterGate.shared.leave() } }
        try await withCluster(options) { cluster in
            let log = try await cluster.addRecorder(replicas: 2)
            try await cluster.add("busy", replicas: 2)
            let context = try await cluster.openStore().forStore()
            let load = EndlessLoad(in: context, callers: 16, service: "busy")
            // Seven leases; of each kind, since each is recovered in another way.
            let kinds = ["readonly", "idempotent", "destructive"]
            let calls = kinds.map { CallBatch.Call.record($0, "long-\($0)", milliseconds: 14_000, service: "tools") }
            let batch = CallBatch(
                calls.map { call in
                    var call = call
                    call.timeout = .seconds(60)
                    return call
                },
                in: context
            )
            let long = await batch.endings()
            for ending in long { #expect(ending.outcome == "ok" && ending.attempt == 1, "\(ending)") }
            #expect(try log.starts() == ["long-readonly": 1, "long-idempotent": 1, "long-destructive": 1])
            let others = await load.end()
            #expect(others.count > 100 && others.allSatisfy { $0.outcome == "ok" }, "\(others.outcomes)")
            // Nobody lost a lease, so that it is the long call that was shown and not a recovery.
            for worker in cluster.workers { #expect(!worker.log.contains("the lease of this worker is gone"), "\(worker.log)") }
            #expect(try await cluster.jobsLeft("tools") == 0)
        }
    }
}
