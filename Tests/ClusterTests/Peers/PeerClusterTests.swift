import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// MCP servers that nobody here wrote, behind a coordinator and two worker processes.
///
/// Where the package index cannot be reached, each test prints `SKIPPED: …` and ends.
struct PeerClusterTests {
    /// One call, and what its answer holds.
    struct Call {
        let tool: String
        let arguments: String
        let answer: String
    }

    @Test func `S4: mcp-server-time over stdio is called through the cluster`() async throws {
        guard let program = try await PythonPeers.program("mcp-server-time", in: .modern) else { return }
        try await withCluster { cluster in
            try await cluster.add("time", [program], replicas: 2)
            let call = Call(
                tool: "get_current_time",
                arguments: #"{"timezone":"Asia/Shanghai"}"#,
                answer: "Asia/Shanghai"
            )
            try await Self.check(
                cluster,
                "time",
                protocol: "2026-07-28",
                tools: ["convert_time", "get_current_time"],
                call
            )
        }
    }

    @Test func `S4: mcp-server-git over stdio is called through the cluster`() async throws {
        guard let program = try await PythonPeers.program("mcp-server-git", in: .modern) else { return }
        try await withCluster { cluster in
            let repository = "\(cluster.directory.path)/repository"
            let script =
                #"git init -q "$0" && cd "$0" && git -c user.name=t -c user.email=t@t commit -q --allow-empty -m 'the first commit'"#
            let git = try ChildProcess.start(["/bin/sh", "-c", script, repository])
            try #require(try await git.exit() == .exited(0), "\(git.output)")
            try await cluster.add("git", [program, "--repository", repository], replicas: 2)
            let call = Call(tool: "git_log", arguments: #"{"repo_path":"\#(repository)"}"#, answer: "the first commit")
            try await Self.check(cluster, "git", protocol: "2026-07-28", tools: ["git_log", "git_status"], call)
        }
    }

    @Test func `S5: fastmcp 4 over HTTP is called through the cluster in the modern era`() async throws {
        try await Self.overHTTP(try await PeerServer.fastMCP(), protocol: "2026-07-28")
    }

    @Test func `S5: mcp 1 over HTTP is called through the cluster in the legacy era`() async throws {
        try await Self.overHTTP(try await PeerServer.legacyHTTP(), protocol: "2025-11-25")
    }

    @Test func `S5: mcp 1 over legacy SSE is called through the cluster`() async throws {
        try await Self.overHTTP(try await PeerServer.legacySSE(), protocol: "2025-11-25")
    }

    /// - Parameter peer: with `echo` and `add`; nil where there is none.
    private static func overHTTP(_ peer: PeerServer?, protocol revision: String) async throws {
        guard let peer else { return }
        do {
            try await withCluster { cluster in
                try await cluster.add("peer", url: peer.url, replicas: 2)
                try await self.check(
                    cluster,
                    "peer",
                    protocol: revision,
                    tools: ["add", "echo"],
                    Call(tool: "echo", arguments: #"{"text":"从 Oslo"}"#, answer: "从 Oslo")
                )
            }
        } catch {
            await peer.stop()
            throw error
        }
        await peer.stop()
    }

    /// Lists the tools and calls one of them on each of two workers: after its first answer the worker that gave it leaves.
    private static func check(
        _ cluster: ClusterFixture,
        _ service: String,
        protocol revision: String,
        tools: [String],
        _ call: Call
    ) async throws {
        for worker in cluster.workers {
            let line = try await worker.process.line(containing: "the service is ready", "\(cluster.space)", service)
            #expect(line.contains(" protocol=\(revision) "), "\(line)")
        }
        let cache = try await cluster.withRedis { redis in
            try await redis.execute(RedisCommand("GET", "\(cluster.space):services:\(service):cache")).string
        }
        #expect(try JSONValue(parsing: (cache ?? "").utf8)["protocol"] == .string(revision))

        let listed = try await cluster.succeed(["tool", "list", "--json"]).json().arrayValue ?? []
        let names = listed.compactMap { $0["name"]?.stringValue }
        #expect(tools.allSatisfy(names.contains), "\(names)")
        #expect(listed.allSatisfy { $0["service"]?.stringValue == service })

        var ids: [String] = []
        for worker in cluster.workers { ids.append(try await worker.worker()) }
        let first = try await self.answerer(of: call, cluster)
        let number = try #require(ids.firstIndex(of: first))
        cluster.workers[number].signal(SIGTERM)
        try await cluster.workers[number].process.exit()
        let second = try await self.answerer(of: call, cluster)
        #expect(second == ids[1 - number])
    }

    /// Calls, checks the answer, and gives the id of the worker that ran it.
    private static func answerer(of call: Call, _ cluster: ClusterFixture) async throws -> String {
        let result = try await cluster.succeed(["call", call.tool, call.arguments, "--json"]).json()
        #expect(result["outcome"] == "ok")
        let text = result["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue ?? ""
        #expect(text.contains(call.answer), "\(result)")
        return try #require(result["worker"]?.stringValue)
    }
}
