import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// Clients that nobody here wrote, before a gateway, a coordinator and a worker, all in processes of their own.
///
/// Where the package index cannot be reached, what needs a client prints `SKIPPED: …` and is left out.
struct GatewayClientTests {
    /// All clients on one cluster, one after the other: it is the cluster that takes its time.
    @Test func `Clients of mcp 2, mcp 1 and fastmcp use every service of a cluster through a gateway`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            try await cluster.add("tools")
            try await cluster.withGateway { gateway in
                let url = gateway.url + "/mcp"
                for (mode, revision) in [("auto", "2026-07-28"), ("legacy", "2025-11-25")] {
                    guard let seen = try await cluster.seen(by: "gateway_client.py", in: .modern, [mode, url]) else { break }
                    #expect(seen["protocol"]?.stringValue == revision, "\(mode): \(seen)")
                    #expect(seen["server"] == "mcpstore", "\(mode): \(seen)")
                    #expect(seen["unknown"] == -32602, "\(mode): \(seen)")
                    #expect(seen["completion"] == ["polite"], "\(mode): \(seen)")
                    #expect(seen["templates"] == ["note:///by/{author}/{title}"], "\(mode): \(seen)")
                    Self.checkCalls(seen, mode)
                }
                if let seen = try await cluster.seen(by: "gateway_client.py", in: .modern, ["fastmcp", url + "/default/default"])
                {
                    Self.checkCalls(seen, "fastmcp")
                }
                if let seen = try await cluster.seen(by: "gateway_legacy_client.py", in: .legacy, [url]) {
                    #expect(seen["protocol"] == "2025-11-25", "\(seen)")
                    #expect(seen["session"] == .null, "\(seen)")
                    #expect(seen["unknown"] == -32602, "\(seen)")
                    Self.checkCalls(seen, "mcp 1")
                }
                try await Self.checkProxy(cluster, url)
            }
            // The same front door over stdio.
            let command = ["auto", "--", BuiltProduct.path(of: "mcpstore"), "serve", "--stdio", "--redis", cluster.redisURL]
            if let seen = try await cluster.seen(by: "gateway_client.py", in: .modern, command) {
                #expect(seen["protocol"] == "2026-07-28", "stdio: \(seen)")
                Self.checkCalls(seen, "stdio")
            }
        }
    }

    /// A client over stdio of mcp-proxy, which is a client of the gateway.
    private static func checkProxy(_ cluster: ClusterFixture, _ url: String) async throws {
        guard let proxy = try await PythonPeers.program("mcp-proxy", in: .legacy) else { return }
        let command = ["--", proxy, "--transport", "streamablehttp", url]
        guard let seen = try await cluster.seen(by: "gateway_legacy_client.py", in: .legacy, command) else { return }
        #expect(seen["protocol"] == "2025-11-25", "mcp-proxy: \(seen)")
        checkAnswers(seen, "mcp-proxy")
    }

    @Test func `A gateway is ready only while it really reads from Redis`() async throws {
        var options = ClusterFixture.Options(workers: 1)
        options.redis.appendOnly = true
        try await withCluster(options) { cluster in
            try await cluster.withGateway { gateway in
                #expect(try await Self.status(gateway.url + "/readyz") == "200")
                await cluster.redis.kill()
                try await eventually("it is not ready", within: .seconds(60)) {
                    try await Self.status(gateway.url + "/readyz") == "503"
                }
                #expect(try await Self.status(gateway.url + "/healthz") == "200")
                try await cluster.redis.restart()
                try await eventually("it is ready again", within: .seconds(90)) {
                    try await Self.status(gateway.url + "/readyz") == "200"
                }
            }
        }
    }

    /// The status that a GET is answered with.
    private static func status(_ url: String) async throws -> String {
        let script = """
            import sys, urllib.error, urllib.request
            try:
                print(urllib.request.urlopen(sys.argv[1], timeout=30).status)
            except urllib.error.HTTPError as error:
                print(error.code)
            """
        let get = try ChildProcess.start(["/usr/bin/env", "python3", "-c", script, url])
        try await get.exit(within: .seconds(60))
        return get.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What every client must have seen.
    private static func checkCalls(_ seen: JSONValue, _ client: String) {
        checkAnswers(seen, client)
        let progress = seen["progress"]?.arrayValue?.compactMap { $0.arrayValue?.last?.stringValue }
        #expect(progress == ["step 1 of 3", "step 2 of 3", "step 3 of 3"], "\(client): \(seen)")
    }

    /// The same without progress, which a proxy may keep to itself.
    private static func checkAnswers(_ seen: JSONValue, _ client: String) {
        let tools = seen["tools"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(tools.starts(with: ["echo", "add", "big", "sleep", "progress", "fail"]), "\(client): \(tools)")
        #expect(seen["echo"] == "从 Oslo", "\(client): \(seen)")
        #expect(seen["sum"] == ["sum": 5], "\(client): \(seen)")
        #expect(seen["fail"] == [true, "no"], "\(client): \(seen)")
        #expect(seen["resource"] == "hello", "\(client): \(seen)")
        #expect(seen["prompt"] == "Good day, Ada.", "\(client): \(seen)")
    }

    @Test func `A gateway that is told to stop answers what runs, and another one serves the same clients`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let record = cluster.directory.path + "/record"
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--record", record])
            let (first, second) = (try await cluster.startGateway(), try await cluster.startGateway())
            let body =
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"record_destructive","arguments":{"id":"x","ms":3000}}}"#
            let call = try ChildProcess.start(ClusterFixture.post(first.url + "/mcp", body))
            // One that would keep its connection.
            let keeps = """
                import http.client, sys
                connection = http.client.HTTPConnection(sys.argv[1], timeout=60)
                path = "/api/v1/default/default/tools/record_destructive/call"
                connection.request("POST", path, '{"id":"y","ms":3000}', {"Content-Type": "application/json"})
                answer = connection.getresponse()
                print(answer.status, answer.getheader("Connection"), answer.read().decode())
                """
            let host = first.url.replacing("http://", with: "")
            let other = try ChildProcess.start(["/usr/bin/env", "python3", "-c", keeps, host])
            try await eventually("both calls run", within: .seconds(60)) {
                let lines = FileManager.default.contents(atPath: record).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return lines.split(separator: "\n").count >= 2
            }
            first.process.signal(SIGTERM)
            #expect(try await call.exit(within: .seconds(90)) == .exited(0), "\(call.output)")
            #expect(call.output.contains("recorded x"), "\(call.output)")
            #expect(try await other.exit(within: .seconds(90)) == .exited(0), "\(other.output)")
            #expect(other.output.hasPrefix("200 close ") && other.output.contains("recorded y"), "\(other.output)")
            #expect(try await first.process.exit(within: .seconds(90)) == .exited(0), "\(first.process.output)")
            let echo = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}}"#
            // Three calls over one connection, which stays open.
            let calls = try ChildProcess.start(ClusterFixture.post(second.url + "/mcp", echo, times: 3))
            #expect(try await calls.exit(within: .seconds(90)) == .exited(0), "\(calls.output)")
            #expect(calls.output.split(separator: "\n").filter { $0.contains(#""text":"hi""#) }.count == 3, "\(calls.output)")
            await second.process.stop()
        }
    }
}
