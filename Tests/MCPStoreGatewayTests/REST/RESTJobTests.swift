import Foundation
import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Jobs over REST, before a store with a Redis of its own.
struct RESTJobTests {
    @Test func `A job is durable when it is answered, and has its result for whoever asks`() async throws {
        try await withRedisGateway { gateway in
            let body = #"{"tool":"sleep","arguments":{"ms":1500},"lane":"batch","timeoutMs":60000}"#
            let submitted = try await gateway.rest(.POST, "jobs", body: body)
            #expect(submitted.status == 202)
            let id = try #require(try submitted.json()["id"]?.stringValue, "\(submitted.text)")
            #expect(submitted.headers.first(name: "location") == "/api/v1/default/default/jobs/\(id)")
            #expect(try submitted.json()["status"] == "working")
            let record = try #require(TaskID(id)).record
            #expect(try await gateway.store.forStore().durableJob(record) != nil)
            // Events and a long poll at the same time.
            async let events = gateway.rest(.GET, "jobs/\(id)/events")
            let ended = try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json()
            #expect(ended["status"] == "completed" && ended["outcome"] == "ok", "\(ended)")
            #expect(ended["result"]?["content"] == [["type": "text", "text": "slept 1500 ms"]], "\(ended)")
            #expect(ended["finished"]?.stringValue != nil && ended["run_us"]?.integerValue ?? 0 > 1_000_000, "\(ended)")
            let seen = try await events
            #expect(seen.type == "text/event-stream")
            let states = try seen.messages.map { try JSONValue(parsing: Data($0.utf8))["status"] }
            #expect(states.last == "completed", "\(seen.text)")
        }
    }

    @Test func `A job is taken back, and one that fails says why`() async throws {
        try await withRedisGateway { gateway in
            let long = try await gateway.rest(.POST, "jobs", body: #"{"tool":"sleep","arguments":{"ms":50000}}"#).json()
            let id = try #require(long["id"]?.stringValue, "\(long)")
            #expect(try await gateway.rest(.DELETE, "jobs/\(id)").status == 200)
            let cancelled = try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json()
            #expect(cancelled["status"] == "cancelled" && cancelled["result"] == nil, "\(cancelled)")
            let late = try await gateway.rest(.POST, "jobs", body: #"{"tool":"sleep","arguments":{"ms":50000},"timeoutMs":100}"#)
            let lateID = try #require(try late.json()["id"]?.stringValue)
            let failed = try await gateway.rest(.GET, "jobs/\(lateID)?wait=60s").json()
            #expect(failed["status"] == "failed" && failed["error"]?["code"] == "timedOut", "\(failed)")
            #expect(try await gateway.problem(.POST, "jobs", body: #"{"tool":"nothing"}"#)["kind"] == "unknownTool")
        }
    }

    @Test func `One idempotency key is one job, and not that of other arguments`() async throws {
        try await withRedisGateway { gateway in
            let key = [("idempotency-key", "order 7")]
            let body = #"{"tool":"echo","arguments":{"text":"one"}}"#
            var ids: Set<String?> = []
            for _ in 0..<3 { ids.insert(try await gateway.rest(.POST, "jobs", key, body: body).json()["id"]?.stringValue) }
            let id = try #require(ids.first ?? nil)
            #expect(ids.count == 1)
            let ended = try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json()
            #expect(ended["result"]?["content"] == [["type": "text", "text": "one"]], "\(ended)")
            #expect(try await gateway.rest(.POST, "jobs", key, body: body).json()["status"] == "completed")
            let other = try await gateway.problem(.POST, "jobs", key, body: body.replacing("one", with: "two"))
            #expect(other["status"] == 422 && other["kind"] == "rejected", "\(other)")
            // A call of somebody who waits: the same answer twice, from one run.
            let call = key + LiveGateway.types
            let first = try await gateway.rest(.POST, "tools/echo/call", call, body: #"{"text":"one"}"#)
            let second = try await gateway.rest(.POST, "tools/echo/call", call, body: #"{"text":"one"}"#)
            #expect(first.status == 200 && second.text == first.text)
            let stats = try await gateway.rest(.GET, "tools/echo/stats").json()
            #expect(stats["calls"] == 2, "\(stats)")
        }
    }

    @Test func `A call that may have taken effect is not run again under its key`() async throws {
        try await withRedisGateway { gateway in
            let key = [("idempotency-key", "order 8")] + LiveGateway.types
            for _ in 0..<2 {
                let problem = try await gateway.problem(.POST, "tools/crash/call", key, body: "{}")
                #expect(problem["kind"] == "interrupted", "\(problem)")
            }
            var ids: Set<String> = []
            for _ in 0..<2 {
                let job = try await gateway.rest(.POST, "jobs", key, body: #"{"tool":"crash"}"#).json()
                let id = try #require(job["id"]?.stringValue, "\(job)")
                #expect(try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json()["error"]?["code"] == "interrupted")
                ids.insert(id)
            }
            #expect(ids.count == 1)
            #expect(try await gateway.rest(.GET, "tools/crash/stats").json()["calls"] == 2)
        }
    }

    @Test func `A job belongs to the key that submitted it`() async throws {
        let space = try SpacePattern("default:default")
        let keys = [AccessRole.submit, .submit].map {
            AccessKey.make(name: "k", spaces: [space], tools: [NamePattern("*")], roles: [$0], lifetime: nil, by: "test")
        }
        let authenticator = KeyAuthenticator { (id) async throws(QueueError) in keys.first { $0.key.id == id }?.key }
        try await withRedisGateway({ $0.authenticator = authenticator }) { gateway in
            let headers = keys.map { [("authorization", "Bearer \($0.text)")] }
            let body = #"{"tool":"echo","arguments":{"text":"mine"}}"#
            let job = try await gateway.rest(.POST, "jobs", headers[0], body: body).json()
            let id = try #require(job["id"]?.stringValue, "\(job)")
            #expect(try await gateway.rest(.GET, "jobs/\(id)?wait=60s", headers[0]).json()["status"] == "completed")
            for (method, path) in [("GET", ""), ("DELETE", ""), ("GET", "/events")] {
                let problem = try await gateway.problem(.init(rawValue: method), "jobs/\(id)\(path)", headers[1])
                #expect(problem["kind"] == "unknownJob", "\(method) \(path): \(problem)")
            }
            #expect(try await gateway.problem(.POST, "tools/echo/call", headers[0], body: "{}")["kind"] == "forbidden")
        }
    }
}
