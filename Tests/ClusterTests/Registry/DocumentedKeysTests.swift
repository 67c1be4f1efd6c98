import Foundation
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// The five keys of a space, as anybody reads them, against `docs/keys.md`.
struct DocumentedKeysTests {
    @Test func `S9: the five keys of a space are what docs-keys says, field by field`() async throws {
        try await withCluster { cluster in
            let entry: JSONValue = [
                "command": .string(BuiltProduct.path(of: "toolserver")), "args": ["--start-delay-ms", "${DELAY:-1}"],
                "env": ["TOKEN": "${TOKEN:-none}"], "placement": "cluster", "replicas": 2, "concurrency": 8,
                "startTimeoutMs": 30_000, "callTimeoutMs": 20_000, "retry": "never", "idempotentTools": ["record_destructive"],
            ]
            let file = JSONValue.object(["mcpServers": .object(["tools": entry])]).description
            try await cluster.succeed(["service", "add", "--from", "-"], input: file)
            try await cluster.waitService("tools")
            for worker in cluster.workers {
                _ = try await worker.process.line(containing: "the service is ready", "\(cluster.space)")
            }
            try await cluster.succeed(["call", "echo", #"{"text":"x"}"#])

            let documented = try DocumentedKeys()
            try await Self.checkConfiguration(cluster, documented, entry)
            try await Self.checkCache(cluster, documented)
            try await Self.checkState(cluster, documented)
            try await Self.checkInfo(cluster, documented)
            try await Self.checkStats(cluster, documented)
            try await Self.checkRedisCommandLine(cluster)
        }
    }

    private static func checkConfiguration(_ cluster: ClusterFixture, _ keys: DocumentedKeys, _ entry: JSONValue) async throws {
        let config = try await cluster.document("\(cluster.space):services:tools:config")
        #expect(Self.names(config) == (try keys.fields("services:{service}:config")))
        #expect(config["version"] == 1)
        try self.expectTime(config["updated"]?.stringValue)
        #expect(config["by"]?.stringValue?.isEmpty == false)
        // References stay unresolved.
        #expect(config["config"] == entry)
        let own = try keys.values("services:{service}:config", of: "config")
        for name in entry.objectValue?.keys.filter({ !["command", "args", "env"].contains($0) }) ?? [] {
            #expect(own.contains(name), "docs/keys.md does not list \(name)")
        }
    }

    private static func checkCache(_ cluster: ClusterFixture, _ keys: DocumentedKeys) async throws {
        let text = try #require(try await cluster.string("\(cluster.space):services:tools:cache"))
        let cache = try JSONValue(parsing: Array(text.utf8))
        #expect(Self.names(cache) == (try keys.fields("services:{service}:cache")))
        #expect(cache["protocol"] == "2026-07-28")
        #expect(cache["server"]?["name"]?.stringValue == "toolserver")
        #expect(cache["capabilities"]?["tools"] != nil)
        #expect(cache["tools"]?.arrayValue?.contains { $0["name"] == "echo" } == true)
        for list in ["resources", "resourceTemplates", "prompts"] {
            #expect(cache[list]?.arrayValue?.isEmpty == false, "\(list)")
        }
        try self.expectTime(cache["fetched"]?.stringValue)
        // The members are `hash`, `fetched`, and then what is hashed.
        let fetched = try #require(cache["fetched"]?.stringValue)
        let body = try #require(text.firstRange(of: "\"fetched\":\"\(fetched)\",").map { text[$0.upperBound...] })
        let hasher = try ChildProcess.start(["sha256sum"], hasInput: true)
        try hasher.write(String(body))
        hasher.closeInput()
        try await hasher.exit()
        #expect(hasher.output.split(separator: " ").first.map(String.init) == cache["hash"]?.stringValue)
    }

    private static func checkState(_ cluster: ClusterFixture, _ keys: DocumentedKeys) async throws {
        let state = try await cluster.hash("\(cluster.space):services:tools:state")
        var ids: [String] = []
        for worker in cluster.workers { ids.append(try await worker.worker()) }
        let documented = try keys.fields("services:{service}:state")
        #expect(Set(state.keys) == documented.subtracting(["worker:{id}"]).union(ids.map { "worker:\($0)" }))
        #expect(state["status"] == "healthy")
        #expect(try keys.values("services:{service}:state", of: "status").contains("healthy"))
        #expect(state["workers"] == ids.sorted().joined(separator: " "))
        #expect(state["reason"]?.isEmpty == false)
        #expect(state["error"] == "")
        try self.expectTime(state["since"])
        try self.expectTime(state["checked"])
        let members = try keys.values("services:{service}:state", of: "worker:{id}")
        for id in ids {
            let view = try JSONValue(parsing: Array((state["worker:\(id)"] ?? "").utf8))
            let names = Self.names(view)
            #expect(names.isSubset(of: members), "\(names.subtracting(members)) of \(id)")
            // The others belong to an error or a check, and there was none yet.
            #expect(names.isSuperset(of: ["status", "reason", "checked", "pool", "starts"]), "\(view)")
            #expect(view["status"] == "healthy")
            #expect(view["pool"] == .string(cluster.pool))
            #expect(view["starts"] == 1)
        }
    }

    private static func checkInfo(_ cluster: ClusterFixture, _ keys: DocumentedKeys) async throws {
        let cache = try await cluster.document("\(cluster.space):services:tools:cache")
        let tools = try #require(cache["tools"]?.arrayValue)
        for tool in tools {
            let name = try #require(tool["name"]?.stringValue)
            let info = try await cluster.document("\(cluster.space):tools:\(name):info")
            #expect(info == ["service": "tools", "name": .string(name), "qualifiedName": .string("tools_\(name)"), "tool": tool])
        }
        let section = try keys.section("tools:{tool}:info")
        #expect(section.contains(#"{"service":…,"name":…,"qualifiedName":"service_name","tool":{…as listed…}}"#))
    }

    private static func checkStats(_ cluster: ClusterFixture, _ keys: DocumentedKeys) async throws {
        let call = try await cluster.command("call", "fail", #"{"message":"no"}"#)
        #expect(call.status == 1)
        let documented = try keys.fields("tools:{tool}:stats")
        for (tool, outcome) in [("echo", "ok"), ("fail", "toolError")] {
            let stats = try await cluster.hash("\(cluster.space):tools:\(tool):stats")
            #expect(stats[outcome] == "1")
            let buckets = stats.keys.filter { $0.wholeMatch(of: /[wr][0-9]+/) != nil }
            // One call: it waited once and ran once.
            #expect(buckets.count == 2 && buckets.allSatisfy { stats[$0] == "1" }, "\(stats)")
            let names = Set(stats.keys).subtracting(buckets)
            #expect(names.isSubset(of: documented), "\(names.subtracting(documented))")
            #expect(names == [outcome, "waiting_us", "running_us", "first_call", "last_call"])
            #expect(stats["first_call"] == stats["last_call"])
        }
        #expect(documented.isSuperset(of: ["w{n}", "r{n}", "retries"]))
    }

    /// The same with the tool that people use, where it is installed.
    private static func checkRedisCommandLine(_ cluster: ClusterFixture) async throws {
        let key = "\(cluster.space):tools:echo:stats"
        let process = try ChildProcess.start(
            [
                "/bin/sh", "-c", #"command -v redis-cli >/dev/null || exit 75; exec redis-cli -p "$0" HGETALL "$1""#,
                "\(cluster.redis.port)", key,
            ]
        )
        let status = try await process.exit()
        guard status != .exited(75) else { return print("SKIPPED: redis-cli is not installed") }
        let lines = process.output.split(separator: "\n").map(String.init)
        let read = Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }
        )
        #expect(read == (try await cluster.hash(key)))
        #expect(read["ok"] == "1")
    }

    private static func names(_ object: JSONValue) -> Set<String> {
        Set((object.objectValue ?? [:]).keys)
    }

    /// ISO 8601, UTC.
    private static func expectTime(_ text: String?) throws {
        let text = try #require(text)
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(text)")
    }
}
