import MCPStore
import TestSupport
import Testing

/// Two services with tools of the same names.
struct SharedNameTests {
    @Test func `S6: a tool name of two services is ambiguous, its qualified names and its keys are not`() async throws {
        try await withCluster { cluster in
            try await cluster.add("alpha")
            try await cluster.add("beta-1")

            for arguments in [["call", "pid"], ["tool", "show", "pid"], ["tool", "stats", "pid"]] {
                let result = try await cluster.command(arguments + ["--json"])
                #expect(result.status == 2, "\(result)")
                #expect(result.errorLines.count == 1)
                #expect(result.error.contains("alpha_pid") && result.error.contains("beta-1_pid"), "\(result)")
                let error = try result.json()["error"]
                #expect(error?["code"] == "ambiguousTool")
                #expect(error?["suggestions"] == ["alpha_pid", "beta-1_pid"])
            }

            // Each name means one server, which says its process id.
            var answers: [String: String] = [:]
            for name in ["alpha_pid", "mcp_alpha_pid", "beta-1_pid", "beta_1_pid", "mcp_beta_1_pid"] {
                let result = try await cluster.succeed(["call", name, "--json"]).json()
                let service = name.contains("alpha") ? "alpha" : "beta-1"
                #expect(result["service"]?.stringValue == service)
                let text = try #require(result["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue)
                #expect(answers.updateValue(text, forKey: service).map { $0 == text } ?? true, "\(name)")
            }
            #expect(Set(answers.values).count == 2)
            #expect(
                try await cluster.succeed(["call", "pid", "--service", "beta-1"]).output == answers["beta-1"].map { "\($0)\n" }
            )

            // The first has the own name as its key, the other its qualified one.
            let alpha = try await cluster.document("\(cluster.space):tools:pid:info")
            #expect(alpha["service"] == "alpha" && alpha["qualifiedName"] == "alpha_pid")
            let beta = try await cluster.document("\(cluster.space):tools:beta-1_pid:info")
            #expect(beta["service"] == "beta-1" && beta["name"] == "pid" && beta["qualifiedName"] == "beta-1_pid")
            let owners = try await cluster.hash("\(cluster.space):tools")
            let own = try JSONValue(parsing: Array((owners["pid"] ?? "").utf8))
            #expect(own == ["service": "alpha", "tool": "pid"])
            let other = try JSONValue(parsing: Array((owners["beta-1_pid"] ?? "").utf8))
            #expect(other == ["service": "beta-1", "tool": "pid"])
            #expect(owners["alpha_pid"] == nil)
            #expect(try await cluster.outcomes("pid") == ["ok": 2])
            #expect(try await cluster.outcomes("beta-1_pid") == ["ok": 4])

            // With one of them gone the name is clear again, and the keys of the other stay.
            try await cluster.succeed(["service", "remove", "alpha"])
            #expect(try await cluster.succeed(["call", "pid"]).output == answers["beta-1"].map { "\($0)\n" })
            #expect(try await cluster.string("\(cluster.space):tools:pid:info") == nil)
            #expect(try await cluster.outcomes("beta-1_pid") == ["ok": 5])
        }
    }
}
