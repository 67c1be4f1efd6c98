import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

struct MetricsTests {
    @Test func `Samples of a metric stand together, and labels may be any text`() {
        var page = MetricsText()
        page.add("a_total", .counter, "A.", [("x", "1\"\\\n")], 3)
        page.add("b", .gauge, "B.", [], 0.5)
        page.add("a_total", .counter, "A.", [("x", "2")], 4)
        #expect(
            page.text == """
                # HELP a_total A.
                # TYPE a_total counter
                a_total{x="1\\"\\\\\\n"} 3
                a_total{x="2"} 4
                # HELP b B.
                # TYPE b gauge
                b 0.5

                """
        )
    }

    @Test func `Histograms count up to each bound, all of it, and nothing twice`() throws {
        var stats = ToolStats()
        stats.outcomes = [.ok: 3, OutcomeKind(rawValue: "later"): 1]
        for microseconds in [200, 256, 257, 5_000_000] {
            stats.runningBuckets[LatencyBuckets.bucket(microseconds: microseconds), default: 0] += 1
            stats.running += microseconds
        }
        var sample = SpaceSample()
        sample.stats = ["s": stats]
        var page = MetricsText()
        page.add(try Space(namespace: "n", dataspace: "d"), sample)
        let lines = page.text.split(separator: "\n").filter { $0.hasPrefix("mcpstore_call_running_seconds") }
        let labels = #"namespace="n",dataspace="d",service="s""#
        #expect(lines.contains { $0 == "mcpstore_call_running_seconds_bucket{\(labels),le=\"0.000256\"} 2" }, "\(lines)")
        #expect(lines.contains { $0 == "mcpstore_call_running_seconds_bucket{\(labels),le=\"0.001024\"} 3" }, "\(lines)")
        #expect(lines.contains { $0 == "mcpstore_call_running_seconds_bucket{\(labels),le=\"+Inf\"} 4" }, "\(lines)")
        #expect(lines.contains { $0 == "mcpstore_call_running_seconds_count{\(labels)} 4" }, "\(lines)")
        #expect(lines.contains { $0 == "mcpstore_call_running_seconds_sum{\(labels)} 5.000713" }, "\(lines)")
        // What a later version may say is no label of this one.
        #expect(page.text.contains("mcpstore_calls_total{\(labels),outcome=\"other\"} 1"))
        #expect(!page.text.contains("later"))
    }

    @Test func `Round trips of Redis are counted with how long they took, up to each bound`() {
        var page = MetricsText()
        page.addProcess(role: "gateway")
        let lines = page.text.split(separator: "\n").filter { $0.hasPrefix("mcpstore_redis_round_trip_seconds_bucket") }
        let counts = lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(lines.first?.contains("le=\"5e-05\"") == true && lines.last?.contains("le=\"+Inf\"") == true, "\(lines)")
        #expect(counts.count == 15 && counts == counts.sorted(), "\(lines)")
    }

    @Test func `A gateway tells of its spaces and of itself`() async throws {
        try await withLiveGateway([]) { gateway in
            for _ in 0..<2 { #expect(try await gateway.rest(.POST, "tools/echo/call", body: #"{"text":"x"}"#).status == 200) }
            _ = try await gateway.rest(.GET, "nothing")
            let labels = #"namespace="default",dataspace="default",service="tools""#
            // The page is read once a second.
            let text = try await eventually("the calls are counted", within: .seconds(60)) { () async throws -> String? in
                let answer = try await gateway.send(.GET, "/metrics")
                #expect(answer.status == 200 && answer.type?.hasPrefix("text/plain; version=0.0.4") == true)
                return answer.text.contains("mcpstore_calls_total{\(labels),outcome=\"ok\"} 2") ? answer.text : nil
            }
            for line in [
                #"mcpstore_gateway_requests_total{path="rest",status="200"} 2"#,
                #"mcpstore_gateway_requests_total{path="rest",status="404"} 1"#,
                "mcpstore_service_ready{\(labels)} 1", "mcpstore_session_starts{\(labels)} 1",
                "mcpstore_sessions{\(labels),status=\"healthy\"} 1",
                "mcpstore_jobs_queued{\(labels),lane=\"batch\"} 0", "mcpstore_call_waiting_seconds_count{\(labels)} 2",
                #"mcpstore_worker_leases{namespace="default",dataspace="default"} 1"#, "mcpstore_gateway_spaces 1",
            ] {
                #expect(text.split(separator: "\n").contains(line[...]), "\(line) is not in \(text)")
            }
            // As Prometheus reads it.
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.wholeMatch(of: /[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+/) != nil, "\(line)")
            }
            let summary = try await gateway.rest(.GET, "summary").json()
            #expect(
                summary["calls"] == 2 && summary["outcomes"] == ["ok": 2] && summary["services"] == ["healthy": 1],
                "\(summary)"
            )
            #expect((summary["running"]?["p99_us"]?.integerValue ?? 0) > 0 && summary["lanes"] == [], "\(summary)")
            #expect(try await gateway.rest(.GET, "demand").json() == ["demand": 0, "queued": 0, "running": 0])
        }
    }
}
