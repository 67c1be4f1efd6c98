import AsyncHTTPClient
import Foundation
import MCPStore
import MCPStoreQueue
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Requests that take their time.
struct RESTWaitingTests {
    @Test func `A client that goes away takes its call back`() async throws {
        let directory = try TemporaryDirectory("rest")
        defer { directory.remove() }
        let record = directory.path + "/record"
        func recorded(_ word: String) throws -> Bool {
            String(decoding: FileManager.default.contents(atPath: record) ?? Data(), as: UTF8.self).contains(word)
        }
        try await withLiveGateway(["--record", record]) { gateway in
            let request = gateway.request(
                .POST,
                "\(LiveGateway.root)/tools/record_destructive/call?timeout=10m",
                [("content-type", "application/json")],
                body: #"{"id":"gone","ms":600000}"#
            )
            let asking = Task { [client = gateway.client] in try await client.execute(request, timeout: .seconds(600)) }
            try await eventually("it runs", within: .seconds(60)) { try recorded(#""start""#) }
            asking.cancel()
            _ = await asking.result
            // Sooner than its deadline would end it.
            try await eventually("it was cancelled", within: .seconds(60)) { try recorded(#""cancelled""#) }
        }
    }

    @Test func `A gateway that drains answers calls, and ends what only waits`() async throws {
        try await withLiveGateway([]) { gateway in
            let broken = #"{"mcpServers":{"broken":{"command":"/nonexistent/server"}}}"#
            #expect(try await gateway.rest(.POST, "services", body: broken).status == 200)
            async let waited = gateway.problem(.GET, "services/broken/wait?timeout=10m")
            async let called = gateway.rest(.POST, "tools/sleep/call", body: #"{"ms":3000}"#)
            try await eventually("both are under way", within: .seconds(60)) {
                // Itself is the third.
                try await gateway.send(.GET, "/metrics").text.contains("mcpstore_gateway_requests_open 3\n")
            }
            await gateway.group.triggerGracefulShutdown()
            let problem = try await waited
            #expect(problem["status"] == 503 && problem["kind"] == "closed", "\(problem)")
            let answer = try await called
            #expect(answer.status == 200 && answer.text.contains("slept 3000 ms"), "\(answer.text)")
        }
    }

    @Test func `Who reaches one space orders no worker that serves others`() async throws {
        try await withLiveGateway(keyFor: .operate, tools: "*") { gateway, text in
            let bearer = [("authorization", "Bearer \(text)")]
            for path in ["workers/w-1/drain", "workers/w-1/resume"] {
                #expect(try await gateway.problem(.POST, path, bearer)["kind"] == "forbidden")
            }
            #expect(try await gateway.rest(.GET, "status", bearer).status == 200)
            let page = try await gateway.send(.GET, "/metrics", bearer)
            #expect(page.status == 200 && page.text.contains("mcpstore_space_up"))
        }
    }

    @Test func `Who only calls is not told what is inside of a service that does not become ready`() async throws {
        let keys = try [[AccessRole.call], [.call, .operate]].map { roles in
            AccessKey.make(
                name: "k",
                spaces: [try SpacePattern("default:default")],
                tools: [NamePattern("*")],
                roles: roles,
                lifetime: nil,
                by: "test"
            )
        }
        let authenticator = KeyAuthenticator { (id) async throws(QueueError) in keys.first { $0.key.id == id }?.key }
        try await withLiveGateway([], { $0.authenticator = authenticator }) { gateway in
            try await gateway.store.forStore().addService(["mcpServers": ["broken": ["command": "/nonexistent/server"]]])
            let bearers = keys.map { [("authorization", "Bearer \($0.text)")] }
            let path = "services/broken/wait?timeout=100ms"
            try await eventually("the operator is told why", within: .seconds(60)) {
                let problem = try await gateway.problem(.GET, path, bearers[1])
                return problem["kind"] == "notReady" && problem["detail"]?.stringValue?.contains("/nonexistent") == true
            }
            let problem = try await gateway.problem(.GET, path, bearers[0])
            #expect(problem["status"] == 503 && problem["kind"] == "notReady", "\(problem)")
            #expect(!problem.description.contains("/nonexistent"), "\(problem)")
            let shown = try await gateway.rest(.GET, "services/broken", bearers[0])
            #expect(shown.status == 200 && !shown.text.contains("/nonexistent"), "\(shown.text)")
        }
    }
}
