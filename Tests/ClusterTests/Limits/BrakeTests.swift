import Foundation
import MCPStore
import TestSupport
import Testing

@Suite struct `Brakes of a service` {
    @Test func `an answer of 429 slows all workers down, and no call is lost`() async throws {
        try await withHTTPService { cluster, log, orders in
            let context = try await cluster.openStore().forStore()
            try Data("2".utf8).write(to: URL(fileURLWithPath: "\(orders)/too-many"))
            let calls = (0..<10).map { number in
                var call = CallBatch.Call.record("destructive", "c\(number)", milliseconds: 1)
                call.timeout = .seconds(120)
                return call
            }
            let batch = CallBatch(calls, in: context)
            try await eventually("service show says so", within: .seconds(60)) {
                let shown = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
                return shown["reason"]?.stringValue?.contains("slowed down until") == true && shown["status"] == "warning"
            }
            // Three periods: without a brake thousands would have been refused.
            try await eventually("it is asked again", within: .seconds(60)) { try log.refused() > 10 }
            try FileManager.default.removeItem(atPath: "\(orders)/too-many")
            let endings = await batch.endings()
            #expect(endings.outcomes == ["ok": 10], "\(endings)")
            #expect(try log.starts().allSatisfy { $0.value == 1 })
            #expect(try log.refused() < 200)
            try await eventually("the brake is off", within: .seconds(60)) {
                try await cluster.succeed(["service", "show", "tools", "--json"]).json()["status"] == "healthy"
            }
        }
    }

    @Test func `a circuit opens, answers at once with when to come back, tries one call, and closes`() async throws {
        try await withHTTPService { cluster, log, orders in
            try await cluster.succeed(["service", "limit", "tools", "--circuit", "3", "--open", "1s"])
            let context = try await cluster.openStore().forStore()
            try Data().write(to: URL(fileURLWithPath: "\(orders)/bad-gateway"))
            let refusal = try await eventually("the circuit opens", within: .seconds(60)) { () -> MCPStoreError? in
                do throws(MCPStoreError) {
                    _ = try await context.callTool("record_destructive", ["id": "x"], timeout: .seconds(60))
                    return nil
                } catch { return error.code == .unavailable ? error : nil }
            }
            #expect(refusal.retryAfter != nil && refusal.message.contains("circuit is open"), "\(refusal)")
            #expect(refusal.message.contains("answered 502"), "\(refusal)")
            let shown = try await cluster.succeed(["service", "show", "tools"]).output
            #expect(shown.contains("circuit "), "\(shown)")
            try FileManager.default.removeItem(atPath: "\(orders)/bad-gateway")
            try await eventually("it closes", within: .seconds(90)) {
                do throws(MCPStoreError) {
                    _ = try await context.callTool("record_destructive", ["id": "y"], timeout: .seconds(60))
                    return true
                } catch { return false }
            }
            try await eventually("all say so", within: .seconds(60)) {
                try await cluster.succeed(["service", "show", "tools", "--json"]).json()["status"] == "healthy"
            }
            #expect(try log.starts()["y"] == 1)
        }
    }

    private func withHTTPService(_ body: (ClusterFixture, ExecutionLog, String) async throws -> Void) async throws {
        try await withFaultyCluster { cluster in
            let log = ExecutionLog(path: cluster.directory.path + "/record")
            let orders = cluster.directory.path + "/orders"
            try FileManager.default.createDirectory(atPath: orders, withIntermediateDirectories: true)
            let server = try await PeerServer.toolServer("--record", log.path, "--orders", orders)
            do {
                try await cluster.add("tools", url: server.url, replicas: 2)
                try await cluster.waitForHosts("tools", 2)
                try await body(cluster, log, orders)
                await server.stop()
            } catch {
                await server.stop()
                throw error
            }
        }
    }
}
