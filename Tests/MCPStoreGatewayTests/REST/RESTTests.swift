import Foundation
import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// The REST API of a gateway that listens, before a store in memory.
struct RESTTests {
    @Test func `A tool is called with its arguments as the body, and answers with its own result`() async throws {
        try await withLiveGateway([]) { gateway in
            let answer = try await gateway.rest(.POST, "tools/echo/call", body: #"{ "text" : "从 Oslo" }"#)
            #expect(answer.status == 200)
            #expect(try answer.json()["content"] == [["type": "text", "text": "从 Oslo"]])
            #expect(answer.headers.first(name: "mcpstore-outcome") == "ok")
            #expect(answer.headers.first(name: "mcpstore-service") == "tools")
            #expect(answer.headers.first(name: "mcpstore-job")?.isEmpty == false)
            // What the tool says of itself is an answer too.
            let failed = try await gateway.rest(.POST, "tools/fail/call?timeout=60s&lane=batch", body: "{}")
            #expect(failed.status == 200 && failed.headers.first(name: "mcpstore-outcome") == "toolError")
            #expect(try failed.json()["isError"] == true)
        }
    }

    @Test func `Errors are problems with their kind`() async throws {
        try await withLiveGateway([]) { gateway in
            let unknown = try await gateway.problem(.POST, "tools/ecko/call", body: "{}")
            #expect(unknown["status"] == 404 && unknown["kind"] == "unknownTool", "\(unknown)")
            #expect(unknown["title"] == "Not Found" && unknown["type"] == "about:blank")
            #expect(unknown["suggestions"]?.arrayValue?.contains("echo") == true, "\(unknown)")
            let late = try await gateway.problem(.POST, "tools/sleep/call?timeout=50ms", body: #"{"ms":30000}"#)
            #expect(late["status"] == 504 && late["kind"] == "timedOut" && late["job"] != nil, "\(late)")
            let cases: [(HTTPCase, Int, JSONValue)] = [
                (.init(.POST, "tools/echo/call", "[1]"), 400, "invalidArguments"),
                (.init(.POST, "tools/echo/call?timeuot=1s", "{}"), 400, "invalidQuery"),
                (.init(.POST, "tools/echo/call?timeout=soon", "{}"), 400, "invalidQuery"),
                (.init(.POST, "tools/echo/call?lane=fast", "{}"), 400, "invalidQuery"),
                (.init(.GET, "services/nobody"), 404, "unknownService"),
                (.init(.POST, "services", #"{"mcpServers":{"x":{}}}"#), 400, "invalidServices"),
                (.init(.POST, "services", "no json"), 400, "invalidBody"),
                (.init(.DELETE, "dead"), 400, "invalidQuery"),
                (.init(.GET, "dead"), 422, "rejected"),
                (.init(.POST, "jobs", #"{"tool":"echo"}"#), 422, "rejected"),
                (.init(.POST, "jobs", #"{"tool":"echo","argumens":{}}"#), 400, "invalidBody"),
                (.init(.GET, "jobs/unknown"), 404, "unknownJob"),
                (.init(.GET, "nothing"), 404, "http"),
            ]
            for (request, status, kind) in cases {
                let problem = try await gateway.problem(request.method, request.path, body: request.body)
                #expect(problem["status"] == .integer(status) && problem["kind"] == kind, "\(request): \(problem)")
            }
            let wrong = try await gateway.rest(.PATCH, "tools", body: "{}")
            #expect(wrong.status == 405 && wrong.headers.first(name: "allow") == "GET")
            let form = try await gateway.send(
                .POST,
                "\(LiveGateway.root)/tools/echo/call",
                [("content-type", "text/plain")],
                body: "{}"
            )
            #expect(form.status == 415)
        }
    }

    @Test func `A busy store says when to come back`() {
        var error = QueueError(.busy, "full")
        #expect(Problem(MCPStoreError(error)).retryAfter == 1)
        error.retryAfter = 1500
        let problem = Problem(MCPStoreError(error))
        #expect(problem.status == 429 && problem.retryAfter == 2)
    }

    @Test func `Services are added, changed, held and removed`() async throws {
        try await withLiveGateway([]) { gateway in
            let entry = #"{"mcpServers":{"extra":{"command":"/bin/cat","disabled":true,"env":{"TOKEN":"s3cr3t-value"}}}}"#
            #expect(try await gateway.rest(.POST, "services", body: entry).json()["added"] == ["extra"])
            #expect(try await gateway.rest(.POST, "services", body: entry).json()["unchanged"] == ["extra"])
            let other = entry.replacing("/bin/cat", with: "/bin/true")
            #expect(try await gateway.problem(.POST, "services", body: other)["kind"] == "conflict")
            #expect(try await gateway.rest(.POST, "services?replace=true", body: other).json()["replaced"] == ["extra"])
            let patched = try await gateway.rest(.PATCH, "services/extra", body: #"{"callTimeoutMs":5000}"#)
            #expect(try patched.json()["changed"] == true)
            let shown = try await gateway.rest(.GET, "services/extra")
            #expect(try shown.json()["config"]?["callTimeoutMs"] == 5000)
            #expect(!shown.text.contains("s3cr3t-value"))
            #expect(try await gateway.rest(.POST, "services/extra/pause").json()["changed"] == true)
            #expect(try await gateway.rest(.GET, "services/extra").json()["hold"] == "paused")
            #expect(try await gateway.rest(.POST, "services/extra/resume").json()["changed"] == true)
            #expect(try await gateway.rest(.DELETE, "services/extra").json()["removed"] == "extra")
            let names = try await gateway.rest(.GET, "services").json().arrayValue?.map { $0["name"] }
            #expect(names == ["tools"])
            #expect(try await gateway.rest(.GET, "services/tools/wait?timeout=60s").json()["ready"] == true)
        }
    }

    @Test func `A principal sees, calls and manages what its key says`() async throws {
        try await withLiveGateway(keyFor: .call, tools: "ech*") { gateway, text in
            #expect(try await gateway.problem(.GET, "tools")["status"] == 401)
            #expect(try await gateway.send(.GET, "/metrics").status == 401)
            let bearer = [("authorization", "Bearer \(text)")]
            let tools = try await gateway.rest(.GET, "tools", bearer).json().arrayValue ?? []
            #expect(!tools.isEmpty && tools.allSatisfy { $0["listedName"]?.stringValue?.hasPrefix("ech") == true }, "\(tools)")
            #expect(try await gateway.rest(.POST, "tools/echo/call", bearer, body: #"{"text":"x"}"#).status == 200)
            for path in ["tools/fail/call", "tools/tools_echo/call", "tools/ech/call", "tools/fail/call?service=tools"] {
                let problem = try await gateway.problem(.POST, path, bearer, body: "{}")
                #expect(problem["kind"] == "unknownTool" && problem["suggestions"] == nil, "\(path): \(problem)")
            }
            let service = try await gateway.rest(.GET, "services/tools", bearer).json()
            #expect(service["ready"] == true && service["config"] == nil && service["target"] == nil, "\(service)")
            for (method, path) in [("POST", "services"), ("GET", "dead"), ("GET", "stats"), ("POST", "jobs")] {
                let problem = try await gateway.problem(
                    .init(rawValue: method),
                    path,
                    bearer,
                    body: method == "POST" ? "{}" : nil
                )
                #expect(problem["status"] == 403 && problem["kind"] == "forbidden", "\(path): \(problem)")
            }
            let other = try await gateway.send(.GET, "/api/v1/default/other/tools", bearer)
            #expect(other.status == 403)
            #expect(try await gateway.send(.GET, "/metrics", bearer).status == 403)
            #expect(try await gateway.send(.GET, "/api/v1/openapi.json", bearer).status == 200)
        }
    }
}
