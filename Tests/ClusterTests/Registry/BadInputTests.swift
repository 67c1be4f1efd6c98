import Glibc
import MCPStore
import TestSupport
import Testing

/// What people type wrong, and a Redis that refuses: one clear line and an exit status each, and the cluster goes on.
struct BadInputTests {
    @Test func `Wrong input ends with one clear line each and disturbs nothing`() async throws {
        var options = ClusterFixture.Options()
        options.redis.password = "right-secret"
        options.redis.tls = true
        try await withCluster(options) { cluster in
            try await cluster.add("tools")
            let before = try await cluster.succeed(["service", "list", "--json"]).json().arrayValue?.count

            let plain = "127.0.0.1:\(cluster.redis.port)"
            let tls = "127.0.0.1:\(cluster.redis.tlsPort)"
            let cases: [(arguments: [String], status: Int32, says: String)] = [
                (["call", "echo", "{'text':1}"], 2, "JSON"), (["call", "echo", "[1]"], 2, "JSON object"),
                (["call", "ecko", "{}"], 2, "echo"), (["call", "echo", "{}", "--timeout", "soon"], 2, "soon"),
                (["call", "echo", "{}", "--lane", "fast"], 2, "fast"),
                (["call", "protocol_error", #"{"code":-5,"message":"as asked"}"#], 1, "as asked (-5)"),
                (["service", "add", "a b", "--url", "http://127.0.0.1/"], 2, "a b"),
                (["service", "add", "x", "--url", "nonsense"], 2, "url"), (["service", "add", "x"], 2, "--url"),
                (["service", "show", "tool"], 2, "tools"), (["service", "remove", "nothing"], 2, "nothing"),
                (["status", "--namespace", "a:b"], 2, "a:b"), (["status", "--redis", "http://\(plain)"], 2, "redis://"),
                (["status", "--redis", "redis://:wrong-secret@\(plain)"], 3, "password"),
                (["status", "--redis", "redis://\(plain)"], 3, "password"),
                (["status", "--redis", "redis://127.0.0.1:\(try freePort())"], 3, "refused"),
                (["status", "--redis", "rediss://:right-secret@\(plain)"], 3, "TLS"),
                (["status", "--redis", "redis://:right-secret@\(tls)"], 3, "TLS"),
                (["status", "--redis", "rediss://:right-secret@\(tls)"], 3, "certificate"),
            ]
            for (arguments, status, text) in cases {
                let result = try await cluster.command(arguments, within: .seconds(20))
                #expect(result.status == status, "\(result)")
                #expect(result.errorLines.count == 1, "\(result)")
                #expect(result.error.contains(text), "says nothing of '\(text)': \(result)")
                #expect(!result.error.contains("secret") && result.output == "", "\(result)")
            }
            #expect(try await cluster.succeed(["service", "list", "--json"]).json().arrayValue?.count == before)
            #expect(try await cluster.succeed(["call", "echo", #"{"text":"fine"}"#]).output == "fine\n")
            for member in cluster.workers + cluster.coordinators {
                #expect(member.process.isRunning && !member.log.contains("secret"))
            }
        }
    }

    @Test func `A service whose URL nobody answers says so, and others answer meanwhile`() async throws {
        try await withCluster { cluster in
            try await cluster.add("tools")
            let port = try freePort()
            try await cluster.succeed(["service", "add", "nowhere", "--url", "http://127.0.0.1:\(port)/mcp"])
            let result = try await cluster.command("service", "wait", "nowhere", "--timeout", "3s")
            #expect(result.status == 3 && result.errorLines.count == 1, "\(result)")
            #expect(result.error.contains("127.0.0.1:\(port)") && result.error.contains("refused"), "\(result)")
            #expect(try await cluster.succeed(["call", "echo", #"{"text":"fine"}"#]).output == "fine\n")
            // Its tools are not known, so a call of one cannot wait for it.
            #expect(try await cluster.command("call", "nowhere_echo").status == 2)
        }
    }

    @Test func `Redis that stops and comes back while calls run loses none and hangs none`() async throws {
        var options = ClusterFixture.Options()
        options.redis.appendOnly = true
        try await withCluster(options) { cluster in
            try await cluster.add("tools", replicas: 2)
            let context = try await cluster.openStore().forStore()
            let commands = try (0..<4).map { _ in
                try cluster.begin(["call", "sleep", #"{"ms":3000}"#, "--timeout", "40s", "--json"])
            }
            let calls = (0..<20).map { _ in
                Task { try await context.callTool("sleep", ["ms": 3000], timeout: .seconds(40)).report.outcome }
            }
            try await cluster.waitForJobs(24, of: "tools")

            await cluster.redis.kill()
            let refused = try await cluster.command("call", "echo", #"{"text":"x"}"#, within: .seconds(20))
            #expect(refused.status == 3 && refused.errorLines.count == 1, "\(refused)")
            try await cluster.redis.restart()

            for call in calls { #expect(try await call.value == "ok") }
            for command in commands {
                let result = try await command.result()
                #expect(result.status == 0, "\(result)")
                #expect(try result.json()["outcome"] == "ok")
            }
            #expect(try await cluster.outcomes("sleep") == ["ok": 24])
            let after = try await cluster.succeed(["call", "echo", #"{"text":"again"}"#])
            #expect(after.output == "again\n")
            let status = try await cluster.succeed(["status", "--json"]).json()
            #expect(status["lanes"] == [])
        }
    }
}
