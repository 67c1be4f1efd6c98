import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// Tasks over real processes: what is durable survives the gateway that made it.
struct GatewayTaskTests {
    /// Sends a request of the modern era that declares tasks, and gives the answer.
    private func ask(_ url: String, _ method: String, _ params: String, name: String) async throws -> JSONValue {
        let meta =
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#
        let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(params),\#(meta)}}"#
        let headers = ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: \(method)", "Mcp-Name: \(name)"]
        let post = try ChildProcess.start(ClusterFixture.post(url + "/mcp", body, headers))
        guard try await post.exit(within: .seconds(110)) == .exited(0) else { throw PeerError(post.output) }
        return try JSONValue(parsing: Data(post.output.utf8))
    }

    private func task(_ url: String, _ id: String) async throws -> JSONValue? {
        try await ask(url, "tasks/get", "\"taskId\":\"\(id)\"", name: id)["result"]
    }

    @Test func `A call that takes long becomes a task, which another gateway answers after the first one was killed`()
        async throws
    {
        try await withCluster(.init(workers: 1)) { cluster in
            try await cluster.add("tools")
            let first = try await cluster.startGateway(["--task-after", "100ms"])
            let second = try await cluster.startGateway(["--task-after", "30s"])
            // Short enough: the answer itself.
            let quick = try await ask(second.url, "tools/call", #""name":"echo","arguments":{"text":"hi"}"#, name: "echo")
            #expect(quick["result"]?["resultType"] == "complete")
            #expect(quick["result"]?["content"] == [["type": "text", "text": "hi"]])

            let params = #""name":"sleep","arguments":{"ms":4000}"#
            let created = try await ask(first.url, "tools/call", params, name: "sleep")["result"]
            #expect(created?["resultType"] == "task" && created?["status"] == "working", "\(String(describing: created))")
            let id = try #require(created?["taskId"]?.stringValue)
            // Durable before the reply.
            #expect(try await task(second.url, id)?["taskId"]?.stringValue == id)
            first.process.signal(SIGKILL)
            let ended = try await eventually("the task's end", within: .seconds(90)) {
                let state = try await self.task(second.url, id)
                return state?["status"] == "working" ? nil : .some(state)
            }
            #expect(ended?["status"] == "completed", "\(String(describing: ended))")
            #expect(ended?["resultType"] == "complete")
            #expect(ended?["result"]?["content"] == [["type": "text", "text": "slept 4000 ms"]])
            #expect(ended?["createdAt"] == created?["createdAt"])
            await second.process.stop()
        }
    }

    @Test func `A task is cancelled by any gateway, and an id that is none is refused`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let record = cluster.directory.path + "/record"
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--record", record])
            let first = try await cluster.startGateway(["--task-after", "100ms"])
            let second = try await cluster.startGateway()
            let params = #""name":"record_destructive","arguments":{"id":"x","ms":50000}"#
            let created = try await ask(first.url, "tools/call", params, name: "record_destructive")["result"]
            let id = try #require(created?["taskId"]?.stringValue, "\(String(describing: created))")
            try await eventually("it runs", within: .seconds(60)) { Self.text(record).contains("\"start\"") }
            let cancelled = try await ask(second.url, "tasks/cancel", "\"taskId\":\"\(id)\"", name: id)
            #expect(cancelled["result"]?["resultType"] == "complete", "\(cancelled)")
            try await eventually("the tool was told", within: .seconds(60)) { Self.text(record).contains("\"cancelled\"") }
            #expect(try await task(second.url, id)?["status"] == "cancelled")
            // Once more changes nothing.
            #expect(try await ask(first.url, "tasks/cancel", "\"taskId\":\"\(id)\"", name: id)["result"] != nil)
            let none = String(repeating: "0", count: 32) + "18c"
            for wrong in [none, "x"] {
                let answer = try await ask(second.url, "tasks/get", "\"taskId\":\"\(wrong)\"", name: wrong)
                #expect(answer["error"]?["code"] == -32602, "\(wrong): \(answer)")
            }
            await first.process.stop()
            await second.process.stop()
        }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
