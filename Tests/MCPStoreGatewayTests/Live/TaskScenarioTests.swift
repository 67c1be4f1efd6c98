import AsyncHTTPClient
import MCPStore
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// What the conformance suite asks of tasks, over HTTP, with a Redis, a worker and ToolServer behind it.
struct TaskScenarioTests {
    private static let able =
        #""io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#

    /// - Parameter patience: How long a tool that supports tasks is waited for: none of these tests depends on who is faster.
    private func withTasks(
        _ patience: Duration = .milliseconds(1),
        _ body: (LiveGateway) async throws -> Void
    ) async throws {
        try await withRedisServer { redis in
            let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            try await withLiveGateway(
                redis: options,
                { options in
                    options.door.supportedTaskAfter = patience
                    options.door.pollInterval = 100
                },
                body
            )
        }
    }

    private func ask(
        _ gateway: LiveGateway,
        _ method: String,
        _ params: String,
        name: String,
        able: String = Self.able
    ) async throws -> JSONValue {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\#(able)}"#
        let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method), ("mcp-name", name)]
        let body = LiveGateway.body(method, params + "," + meta)
        return try await gateway.send(.POST, "/mcp", LiveGateway.types + headers, body: body).json()
    }

    private func create(_ gateway: LiveGateway, _ tool: String, _ arguments: String = "{}") async throws -> String {
        let answer = try await ask(gateway, "tools/call", #""name":"\#(tool)","arguments":\#(arguments)"#, name: tool)
        #expect(answer["result"]?["resultType"] == "task" && answer["result"]?["status"] == "working", "\(answer)")
        return try #require(answer["result"]?["taskId"]?.stringValue, "\(answer)")
    }

    private func task(_ gateway: LiveGateway, _ id: String) async throws -> JSONValue? {
        try await ask(gateway, "tasks/get", #""taskId":"\#(id)""#, name: id)["result"]
    }

    /// The task once it has another status than `working`.
    private func settled(_ gateway: LiveGateway, _ id: String) async throws -> JSONValue? {
        try await eventually("the task \(id) settles", within: .seconds(90)) {
            let task = try await task(gateway, id)
            return task?["status"] == "working" ? nil : .some(task)
        }
    }

    private func update(_ gateway: LiveGateway, _ id: String, _ responses: String) async throws {
        let answer = try await ask(gateway, "tasks/update", #""taskId":"\#(id)","inputResponses":{\#(responses)}"#, name: id)
        #expect(answer["result"]?["resultType"] == "complete" && answer["result"]?["status"] == nil, "\(answer)")
    }

    @Test func `A tool that must be a task is one, and is refused to clients that know none`() async throws {
        try await withTasks { gateway in
            let tool = "failing_job"
            let none = #""io.modelcontextprotocol/clientCapabilities":{}"#
            let refused = try await ask(gateway, "tools/call", #""name":"\#(tool)""#, name: tool, able: none)
            #expect(refused["error"]?["code"] == -32021, "\(refused)")
            let required = refused["error"]?["data"]?["requiredCapabilities"]?["extensions"]
            #expect(required == ["io.modelcontextprotocol/tasks": [:]], "\(refused)")
            let failed = try await settled(gateway, create(gateway, tool))
            #expect(failed?["status"] == "completed" && failed?["result"]?["isError"] == true, "\(String(describing: failed))")
            let broken = try await settled(gateway, create(gateway, "protocol_error_job"))
            #expect(broken?["status"] == "failed" && broken?["error"]?["code"] == -32603, "\(String(describing: broken))")
            #expect(broken?["result"] == nil)
        }
    }

    @Test func `A task that asks for input goes on when it has all of it`() async throws {
        try await withTasks { gateway in
            let id = try await create(gateway, "confirm_delete", #"{"filename":"a.txt"}"#)
            let asking = try await settled(gateway, id)
            #expect(asking?["status"] == "input_required", "\(String(describing: asking))")
            #expect(asking?["inputRequests"]?["confirm"]?["method"] == "elicitation/create")
            // What it does not ask for changes nothing.
            try await update(gateway, id, #""other":{}"#)
            #expect(try await task(gateway, id)?["status"] == "input_required")
            try await update(gateway, id, #""confirm":{"action":"accept","content":{"confirm":true}}"#)
            let done = try await settled(gateway, id)
            #expect(done?["status"] == "completed", "\(String(describing: done))")
            #expect(done?["result"]?.contentText == "deleted a.txt")

            let two = try await create(gateway, "multi_input")
            #expect(try await settled(gateway, two)?["inputRequests"]?.objectValue?.count == 2)
            try await update(gateway, two, #""first":{"action":"accept","content":{"name":"Ada"}}"#)
            let half = try await task(gateway, two)
            #expect(half?["status"] == "input_required" && half?["inputRequests"]?["first"] == nil, "\(String(describing: half))")
            #expect(half?["inputRequests"]?["second"] != nil)
            try await update(gateway, two, #""second":{"action":"accept","content":{"name":"Bob"}}"#)
            #expect(try await settled(gateway, two)?["result"]?.contentText == "Ada and Bob")
        }
    }

    @Test func `A job asks over REST too, and goes on when it has all of it`() async throws {
        try await withTasks { gateway in
            func submit(_ body: String) async throws -> String {
                let job = try await gateway.rest(.POST, "jobs", body: body).json()
                return try #require(job["id"]?.stringValue, "\(job)")
            }
            func ended(_ id: String) async throws -> JSONValue { try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json() }
            let id = try await submit(#"{"tool":"confirm_delete","arguments":{"filename":"a.txt"}}"#)
            let asking = try await ended(id)
            #expect(asking["status"] == "input_required" && asking["outcome"] == nil, "\(asking)")
            #expect(asking["inputRequests"]?["confirm"]?["method"] == "elicitation/create" && asking["result"] == nil)
            let nothing = try await gateway.problem(.POST, "jobs/\(id)/input", body: #"{"inputResponses":{"other":{}}}"#)
            #expect(nothing["kind"] == "invalidBody" && nothing["detail"]?.stringValue?.contains("confirm") == true, "\(nothing)")
            let yes = #"{"inputResponses":{"confirm":{"action":"accept","content":{"confirm":true}}}}"#
            #expect(try await gateway.rest(.POST, "jobs/\(id)/input", body: yes).status == 200)
            let done = try await ended(id)
            #expect(done["status"] == "completed" && done["result"]?.contentText == "deleted a.txt", "\(done)")
            #expect(try await gateway.problem(.POST, "jobs/\(id)/input", body: yes)["kind"] == "conflict")

            let other = try await submit(#"{"tool":"confirm_delete","arguments":{"filename":"b.txt"}}"#)
            #expect(try await ended(other)["status"] == "input_required")
            #expect(try await gateway.rest(.DELETE, "jobs/\(other)").json()["status"] == "cancelled")
            #expect(try await gateway.problem(.POST, "jobs/\(other)/input", body: yes)["kind"] == "conflict")
            // What became a task over MCP is the same job here.
            let task = try await create(gateway, "confirm_delete", #"{"filename":"c.txt"}"#)
            #expect(try await ended(task)["status"] == "input_required")
        }
    }

    @Test func `A task that asks for input can be cancelled, and stays so`() async throws {
        try await withTasks { gateway in
            let id = try await create(gateway, "confirm_delete", #"{"filename":"a.txt"}"#)
            #expect(try await settled(gateway, id)?["status"] == "input_required")
            let cancelled = try await ask(gateway, "tasks/cancel", #""taskId":"\#(id)""#, name: id)
            #expect(cancelled["result"]?["resultType"] == "complete", "\(cancelled)")
            #expect(try await task(gateway, id)?["status"] == "cancelled")
            try await update(gateway, id, #""confirm":{"action":"accept","content":{"confirm":true}}"#)
            #expect(try await task(gateway, id)?["status"] == "cancelled")
        }
    }

    @Test func `A tool that asks at once is answered at once, and becomes a task when it works`() async throws {
        // Long enough for an answer at once on any machine, and shorter than the tool is told to take.
        try await withTasks(.seconds(20)) { gateway in
            let tool = "test_tool_with_task"
            let asked = try await ask(gateway, "tools/call", #""name":"\#(tool)""#, name: tool)["result"]
            #expect(asked?["resultType"] == "input_required" && asked?["taskId"] == nil, "\(String(describing: asked))")
        }
        try await withTasks { gateway in
            let tool = "test_tool_with_task"
            let answers = #""inputResponses":{"user_name":{"action":"accept","content":{"name":"Ada"}}}"#
            let created = try await ask(gateway, "tools/call", #""name":"\#(tool)",\#(answers)"#, name: tool)["result"]
            let id = try #require(created?["taskId"]?.stringValue, "\(String(describing: created))")
            #expect(created?["requestState"] == nil && created?["inputRequests"] == nil)
            #expect(try await settled(gateway, id)?["result"]?.contentText == "Hello, Ada!")
        }
    }

    @Test func `Who listens is told of each new state of its tasks`() async throws {
        try await withTasks { gateway in
            let id = try await create(gateway, "confirm_delete", #"{"filename":"a.txt"}"#)
            let none = String(repeating: "0", count: 32) + "18c"
            let params =
                #""notifications":{"taskIds":["\#(id)","\#(none)"]},"_meta":{"#
                + #""io.modelcontextprotocol/protocolVersion":"2026-07-28",\#(Self.able)}"#
            let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "subscriptions/listen")]
            let body = LiveGateway.body("subscriptions/listen", params)
            let request = gateway.request(.POST, "/mcp", LiveGateway.types + headers, body: body)
            let response = try await gateway.client.execute(request, timeout: .seconds(120))
            var text = ""
            var seen: [JSONValue] = []
            for try await part in response.body {
                text += String(buffer: part)
                let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                let messages = try whole.filter { $0.hasPrefix("data: ") }.map { try json(String($0.dropFirst(6))) }
                for message in messages.dropFirst(seen.count) {
                    seen.append(message)
                    if message["params"]?["status"] == "input_required" {
                        try await update(gateway, id, #""confirm":{"action":"accept","content":{"confirm":false}}"#)
                    }
                }
                if seen.last?["params"]?["status"] == "completed" { break }
            }
            #expect(seen.first?["method"] == "notifications/subscriptions/acknowledged")
            #expect(seen.first?["params"]?["notifications"]?["taskIds"]?.arrayValue?.count == 1, "\(seen)")
            #expect(seen.dropFirst().allSatisfy { $0["method"] == "notifications/tasks" }, "\(seen)")
            let tags = seen.map { $0["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] }
            #expect(tags.allSatisfy { $0 == 1 }, "\(seen)")
            #expect(seen.last?["params"]?["taskId"]?.stringValue == id)
            #expect(seen.last?["params"]?["result"]?.contentText == "kept a.txt", "\(seen)")
        }
    }
}
