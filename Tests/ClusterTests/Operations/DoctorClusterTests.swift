import MCPStore
import TestSupport
import Testing

@Suite struct DoctorClusterTests {
    @Test func `Doctor finds nothing to say about a cluster that is well`() async throws {
        var options = ClusterFixture.Options()
        options.redis.appendOnly = true
        try await withCluster(options) { cluster in
            try await cluster.add("tools")
            try await cluster.succeed(["call", "echo", #"{"text":"x"}"#])
            let result = try await cluster.succeed(["doctor"])
            let lines = result.output.split(separator: "\n").map(String.init)
            // How long a round trip takes is the machine's affair.
            #expect(lines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("warn  latency ") }, "\(result)")
            #expect(result.error.isEmpty)
            for check in ["version", "eviction", "leader", "workers", "leases", "groups", "queue", "dead", "services", "keys"] {
                #expect(lines.contains { $0.hasPrefix("ok    \(check) ") }, "\(check) is missing: \(result)")
            }
            let json = try await cluster.succeed(["doctor", "--json"]).json()
            #expect(json["ok"] == true && json["checks"]?.arrayValue?.count == lines.count)
            // A leader that is gone is noticed when its lease is over.
            cluster.coordinators[0].signal(15)
            _ = try await cluster.coordinators[0].process.exit()
            let failed = try await cluster.command("doctor")
            #expect(failed.status == 1 && failed.output.contains("FAIL  leader"), "\(failed)")
        }
    }
}
