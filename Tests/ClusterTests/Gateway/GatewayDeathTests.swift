import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// What a gateway shows when processes die around it.
struct GatewayDeathTests {
    /// Sends a modern request, and gives its result.
    private func ask(_ url: String, _ method: String, _ params: String, name: String? = nil) async throws -> JSONValue? {
        let meta =
            #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#
        let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(params)\#(params.isEmpty ? "" : ",")\#(meta)}}"#
        let headers = ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: \(method)"] + (name.map { ["Mcp-Name: \($0)"] } ?? [])
        let post = try ChildProcess.start(ClusterFixture.post(url + "/mcp", body, headers))
        guard try await post.exit(within: .seconds(110)) == .exited(0) else { throw PeerError(post.output) }
        return try JSONValue(parsing: Data(post.output.utf8))["result"]
    }

    @Test func `The result of a task is there after gateway, worker and client were killed while it ran`() async throws {
        try await withCluster(.init(workers: 1, lease: "3s")) { cluster in
            let record = cluster.directory.path + "/record"
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--record", record])
            let first = try await cluster.startGateway(["--task-after", "100ms"])
            // Long enough that all are dead before it can have ended, wherever it runs first.
            let arguments = #"{"id":"x","ms":8000}"#
            let script = "\(PythonPeers.scripts)/gateway_task.py"
            let client = try ChildProcess.start(
                ["/usr/bin/env", "python3", script, first.url + "/mcp", "record_idempotent", arguments]
            )
            let line = try await client.line(startingWith: "TASK ", within: .seconds(110))
            let created = try JSONValue(parsing: Data(line.dropFirst(5).utf8))
            #expect(created["status"] == "working", "\(created)")
            let id = try #require(created["taskId"]?.stringValue, "\(created)")
            try await eventually("it runs", within: .seconds(60)) { Self.lines(record, "start") == 1 }
            cluster.workers[0].signal(SIGKILL)
            first.process.signal(SIGKILL)
            client.signal(SIGKILL)
            for process in [cluster.workers[0].process, first.process, client] {
                #expect(try await process.exit(within: .seconds(60)) == .signaled(SIGKILL))
            }
            let ranBefore = Self.lines(record, "end")

            // Nothing but Redis and a coordinator is left; what comes now knows of the task from there.
            try cluster.startWorker()
            try await cluster.withGateway { second in
                let ended = try await eventually("the task's end", within: .seconds(110)) {
                    let state = try await self.ask(second.url, "tasks/get", "\"taskId\":\"\(id)\"", name: id)
                    return state?["status"] == "working" ? nil : .some(state)
                }
                #expect(ended?["status"] == "completed", "\(String(describing: ended))")
                #expect(ended?["result"]?["content"] == [["type": "text", "text": "recorded x"]])
                #expect(ended?["createdAt"] == created["createdAt"])
            }
            #expect(ranBefore == 0, "the machine was too slow for this test: the call ended before its worker was killed")
            #expect(Self.lines(record, "start") == 2 && Self.lines(record, "end") == 1)
        }
    }

    @Test func `Of ten services one is dead and one hangs: all are listed, and the others are used as ever`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let server = BuiltProduct.path(of: "toolserver")
            let orders = cluster.directory.path + "/orders"
            try FileManager.default.createDirectory(atPath: orders, withIntermediateDirectories: true)
            let names = (1...8).map { "s\($0)" } + ["dead", "hangs"]
            var servers: [String: JSONValue] = [:]
            for name in names { servers[name] = ["command": .string(server), "args": []] }
            // Its server is going to end, and to be started no more.
            servers["dead"] = ["command": .string(server), "args": ["--orders", .string(orders)]]
            // Reads calls and answers none.
            servers["hangs"] = ["command": .string(server), "args": ["--hang"]]
            let file = cluster.directory.path + "/mcp.json"
            try "\(JSONValue.object(["mcpServers": .object(servers)]))".write(toFile: file, atomically: true, encoding: .utf8)
            try await cluster.succeed(["service", "add", "--from", file, "--wait", "--wait-timeout", "80s"])

            try await cluster.withGateway { gateway in
                let before = try await ask(gateway.url, "tools/list", "")
                for name in names {
                    let tool = "\(name)_echo"
                    #expect(Self.tools(before).contains(tool), "\(Self.tools(before))")
                }
                // The hanging one has a call of which nobody will hear for a minute.
                let stuck = try ChildProcess.start(
                    ClusterFixture.post(
                        gateway.url + "/mcp",
                        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hangs_echo","arguments":{"text":"hi"}}}"#
                    )
                )
                try Data().write(to: URL(filePath: orders + "/fail-start"))
                _ = try await ask(gateway.url, "tools/call", #""name":"dead_crash","arguments":{}"#, name: "dead_crash")
                try await eventually("the service is dead", within: .seconds(90)) {
                    let shown = try await cluster.succeed(["service", "show", "dead", "--json"]).json()
                    return shown["ready"] != true && shown["status"] != "healthy"
                }
                // The same bytes, though one service is dead and one hangs: nobody is asked for them.
                #expect(try await ask(gateway.url, "tools/list", "") == before)
                for name in names.dropLast(2) {
                    let echo = "\(name)_echo"
                    let answer = try await ask(
                        gateway.url,
                        "tools/call",
                        "\"name\":\"\(echo)\",\"arguments\":{\"text\":\"\(name)\"}",
                        name: echo
                    )
                    #expect(answer?["content"] == [["type": "text", "text": .string(name)]], "\(String(describing: answer))")
                }
                // None of that waited for the one that hangs.
                #expect(stuck.isRunning, "\(stuck.output)")
                stuck.signal(SIGKILL)
            }
        }
    }

    @Test func `Clients of both eras call through three gateways while a worker and a gateway are killed, and no call is lost`()
        async throws
    {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let run = try ChildProcess.start(
            [
                "/usr/bin/env", "python3", "-B", folder.appending(path: "GatewayScale/scale.py").path, "--clients", "12",
                "--processes", "1", "--seconds", "4", "--bin",
                URL(filePath: BuiltProduct.path(of: "mcpstore")).deletingLastPathComponent().path,
            ],
            environment: ["PYTHONUNBUFFERED": "1"]
        )
        switch try await run.exit(within: .seconds(420)) {
        case .exited(75): print(run.output.split(separator: "\n").last ?? "SKIPPED: no Python peers")
        case .exited(0): #expect(run.output.contains("PASSED: no call was lost"), "\(run.output)")
        case let status: Issue.record("\(status): \(run.output)")
        }
    }

    private static func tools(_ result: JSONValue?) -> [String] {
        result?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    /// How many lines of the record tell of `event`.
    private static func lines(_ path: String, _ event: String) -> Int {
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").filter { $0.contains("\"event\":\"\(event)\"") }.count
    }
}
