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

    @Test func `a call that ends while its server wants no calls says so, and a restart takes the brake off`() async throws {
        try await withHTTPService { cluster, log, orders in
            let context = try await cluster.openStore().forStore()
            try Data("250".utf8).write(to: URL(fileURLWithPath: "\(orders)/too-many"))
            var call = CallBatch.Call.record("destructive", "first", milliseconds: 1)
            call.timeout = .seconds(120)
            let batch = CallBatch([call], in: context)
            try await eventually("its store knows of the brake", within: .seconds(60)) {
                try await context.serviceInfo("tools").status == "warning"
            }
            var second = CallBatch.Call.record("destructive", "second", milliseconds: 1)
            second.timeout = .seconds(1)
            let late = await CallBatch.run(second, in: context)
            #expect(late.outcome == "timedOut" && late.text.contains("slowed down until"), "\(late)")
            try FileManager.default.removeItem(atPath: "\(orders)/too-many")
            // Minutes before the server had said.
            try await cluster.succeed(["service", "restart", "tools"])
            let endings = await batch.endings()
            #expect(endings.outcomes == ["ok": 1], "\(endings)")
            #expect(try log.starts() == ["first": 1])
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
            let tool = try await cluster.succeed(["tool", "show", "record_destructive"]).output
            #expect(tool.contains("opens for 1 s after 3 failures"), "\(tool)")
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

    @Test func `calls that a restart ends open no circuit, and run again where they may`() async throws {
        try await withHTTPService { cluster, log, _ in
            try await cluster.succeed(["service", "limit", "tools", "--circuit", "1", "--open", "600s"])
            let context = try await cluster.openStore().forStore()
            let calls = (0..<3).map { CallBatch.Call.record("readonly", "c\($0)", milliseconds: 2000) }
            let batch = CallBatch(calls, in: context)
            try await eventually("all of them run", within: .seconds(60)) { try log.starts().count == 3 }
            try await cluster.succeed(["service", "restart", "tools"])
            let endings = await batch.endings()
            #expect(endings.outcomes == ["ok": 3], "\(endings)")
            #expect(try await cluster.brake("tools") == nil)
        }
    }

    @Test func `a 503 with Retry-After slows all workers down, but the call ends: it may have had its effect`() async throws {
        try await withHTTPService { cluster, log, orders in
            let context = try await cluster.openStore().forStore()
            try Data("5".utf8).write(to: URL(fileURLWithPath: "\(orders)/overloaded"))
            for kind in ["destructive", "readonly"] {
                let ending = await CallBatch.run(.record(kind, kind, milliseconds: 1), in: context)
                #expect(ending.outcome == "protocolError" && ending.attempt == 1, "\(ending)")
                #expect(ending.text.contains("answered 503"), "\(ending)")
                if kind == "destructive" {
                    try await eventually("service show says so", within: .seconds(60)) {
                        let shown = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
                        return shown["reason"]?.stringValue?.contains("slowed down until") == true
                    }
                }
            }
            #expect(try log.refused() == 2, "each was sent once")
            try FileManager.default.removeItem(atPath: "\(orders)/overloaded")
            let late = await CallBatch.run(.record("destructive", "late", milliseconds: 1), in: context)
            #expect(late.outcome == "ok", "\(late)")
        }
    }

    @Test func `when the worker that tries a call dies, another one tries`() async throws {
        try await withHTTPService { cluster, log, orders in
            try await cluster.succeed(["service", "limit", "tools", "--circuit", "1", "--open", "200ms"])
            let context = try await cluster.openStore().forStore()
            try Data().write(to: URL(fileURLWithPath: "\(orders)/bad-gateway"))
            let prober = try await eventually("a worker is to try one", within: .seconds(60)) { () -> String? in
                // The workers may not have heard of the circuit yet.
                if try await cluster.brake("tools") == nil {
                    _ = await CallBatch.run(.record("destructive", "first", milliseconds: 1), in: context)
                }
                let brake = try await cluster.brake("tools")
                return brake?["kind"] == "probing" ? brake?["worker"]?.stringValue : nil
            }
            for worker in cluster.workers where try await worker.worker() == prober { worker.signal(SIGKILL) }
            try FileManager.default.removeItem(atPath: "\(orders)/bad-gateway")
            // It may be given to the one that was killed, before Redis knows that its connection is gone.
            var call = CallBatch.Call.record("readonly", "second", milliseconds: 1)
            call.timeout = .seconds(90)
            let second = await CallBatch.run(call, in: context)
            #expect(second.outcome == "ok" && second.worker != prober, "\(second)")
            try await eventually("the circuit is closed", within: .seconds(60)) { try await cluster.brake("tools") == nil }
            #expect(try log.starts() == ["second": 1])
        }
    }

    @Test func `a server that is gone opens the circuit, and its calls say why they end`() async throws {
        try await withHTTPService { cluster, server in
            try await cluster.succeed(["service", "limit", "tools", "--circuit", "3", "--open", "60s"])
            let context = try await cluster.openStore().forStore()
            await server.stop()
            let calls = (0..<4).map { number in
                var call = CallBatch.Call.record("readonly", "c\(number)", milliseconds: 1)
                call.timeout = .seconds(120)
                return call
            }
            let endings = await CallBatch(calls, in: context).endings()
            #expect(endings.outcomes == ["unavailable": 4], "\(endings)")
            for ending in endings {
                #expect(ending.text.contains("circuit is open") && ending.text.contains("refused the connection"), "\(ending)")
            }
            try await eventually("service show says so", within: .seconds(60)) {
                let shown = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
                let reason = shown["reason"]?.stringValue ?? ""
                return reason.contains("circuit open") && reason.contains("refused the connection")
            }
        }
    }

    @Test func `a server that never starts opens the circuit without a call, which says so, and names no time that is over`()
        async throws
    {
        try await withFaultyCluster { cluster in
            let entry = #"{"broken": {"command": "/bin/false", "circuit": {"failures": 2, "openMs": 200}}}"#
            try await cluster.succeed(["service", "add", "--from", "-"], input: #"{"mcpServers": \#(entry)}"#)
            try await eventually("service show says so", within: .seconds(60)) {
                let reason =
                    try await cluster.succeed(["service", "show", "broken", "--json"]).json()["reason"]?.stringValue ?? ""
                return reason.contains("one is tried as soon as a worker has a session")
                    && reason.contains("starts of its session in a row failed")
            }
        }
    }

    @Test func `without a circuit calls of a server that is gone end at their deadline, and say what was in the way`()
        async throws
    {
        try await withHTTPService { cluster, server in
            let context = try await cluster.openStore().forStore()
            await server.stop()
            var call = CallBatch.Call.record("readonly", "x", milliseconds: 1)
            call.timeout = .seconds(4)
            let ending = await CallBatch.run(call, in: context)
            #expect(ending.outcome == "unavailable" && ending.text.contains("refused the connection"), "\(ending)")
        }
    }

    private func withHTTPService(_ body: (ClusterFixture, PeerServer) async throws -> Void) async throws {
        try await withFaultyCluster { cluster in
            let log = ExecutionLog(path: cluster.directory.path + "/record")
            let server = try await PeerServer.toolServer("--record", log.path)
            do {
                try await cluster.add("tools", url: server.url, replicas: 2)
                try await cluster.waitForHosts("tools", 2)
                try await body(cluster, server)
                await server.stop()
            } catch {
                await server.stop()
                throw error
            }
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
