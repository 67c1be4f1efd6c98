import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// `GET jobs`, before a store with a Redis of its own.
struct RESTJobListTests {
    private func submit(_ gateway: LiveGateway, _ body: String, _ headers: [(String, String)] = []) async throws -> String {
        let answer = try await gateway.rest(.POST, "jobs", headers, body: body)
        return try #require(try answer.json()["id"]?.stringValue, "\(answer.text)")
    }

    private func list(
        _ gateway: LiveGateway,
        _ query: String,
        _ headers: [(String, String)] = []
    ) async throws -> (jobs: [JSONValue], next: String?) {
        let answer = try await gateway.rest(.GET, "jobs\(query)", headers)
        let json = try answer.json()
        return (try #require(json["jobs"]?.arrayValue, "\(answer.text)"), json["next"]?.stringValue)
    }

    @Test func `Jobs are listed newest first, page by page, with their states and legs`() async throws {
        try await withRedisGateway { gateway in
            var ids: [String] = []
            for number in 0..<5 {
                ids.append(try await submit(gateway, #"{"tool":"echo","arguments":{"text":"\#(number)"},"lane":"batch"}"#))
                _ = try await gateway.rest(.GET, "jobs/\(ids[number])?wait=60s")
            }
            let long = try await submit(gateway, #"{"tool":"sleep","arguments":{"ms":50000}}"#)
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await list(gateway, "?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
                #expect(page.jobs.count <= 2)
                seen += page.jobs.compactMap { $0["id"]?.stringValue }
                cursor = page.next
            } while cursor != nil && seen.count < 20
            #expect(seen == [long] + ids.reversed())
            let ended = try await list(gateway, "?state=ended&tool=echo").jobs
            #expect(ended.count == 5 && ended.allSatisfy { $0["outcome"] == "ok" && $0["run_us"]?.integerValue ?? -1 >= 0 })
            #expect(ended.first?["lane"] == "batch" && ended.first?["worker"]?.stringValue != nil, "\(ended)")
            #expect(try await list(gateway, "?service=other").jobs.isEmpty)
            try await eventually(
                "it runs",
                within: .seconds(60),
                that: {
                    try await list(gateway, "?state=running").jobs.first?["id"]?.stringValue == long
                }
            )
            let running = try #require(try await list(gateway, "?all=true&state=running").jobs.first)
            #expect(
                running["id"]?.stringValue?.prefix(32) == long.prefix(32) && running["tool"] == "sleep"
                    && running["service"] == "tools",
                "\(running)"
            )
            #expect(running["worker"]?.stringValue != nil && running["queued_us"]?.integerValue ?? -1 >= 0, "\(running)")
            #expect(try await list(gateway, "?all=true&state=queued").jobs.isEmpty)
            #expect(try await gateway.rest(.DELETE, "jobs/\(long)").status == 200)
            try await eventually(
                "it is taken back",
                within: .seconds(60),
                that: {
                    try await list(gateway, "?all=true").jobs.isEmpty
                }
            )
            for query in ["?cursor=x", "?all=true&cursor=1-1", "?state=else", "?limit=0", "?service=a:b"] {
                #expect(try await gateway.problem(.GET, "jobs\(query)")["status"] == 400, "\(query)")
            }
        }
    }

    @Test func `What waits in a lane is listed with those that wait longest last, and pages do not overlap`() async throws {
        try await withRedisGateway { gateway in
            _ = try await gateway.block()
            var ids: [String] = []
            for number in 0..<7 {
                let arguments = #"{"text":"\#(number)"}"#
                let call = #"{"tool":"echo","service":"slow","arguments":\#(arguments),"lane":"batch"}"#
                ids.append(String(try await submit(gateway, call).prefix(32)))
            }
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await list(gateway, "?all=true&state=queued&limit=3" + (cursor.map { "&cursor=\($0)" } ?? ""))
                seen += page.jobs.compactMap { ($0["id"]?.stringValue?.prefix(32)).map(String.init) }
                cursor = page.next
            } while cursor != nil && seen.count < 20
            #expect(seen == ids.reversed())
            // What mcpstore stats prints, with how much of it there is.
            let full = try await gateway.rest(.GET, "summary?full=true").json()
            #expect(full["queued"] == 7 && full["executing"] == 1 && full["dead"] == 0 && full["delayed"] == 0, "\(full)")
            #expect(full["bytes"]?.integerValue ?? 0 > 1000 && full["sessions"] == 2, "\(full)")
            #expect(full["redis_used_bytes"]?.integerValue ?? 0 > 100_000 && full["tools"]?.integerValue ?? 0 > 10, "\(full)")
            let other = try await list(gateway, "?all=true&tool=fail")
            #expect(other.jobs.isEmpty && other.next == nil)
        }
    }

    @Test func `A principal is listed its own jobs, and those of others only if it operates the space`() async throws {
        let space = try SpacePattern("default:default")
        let keys = [[AccessRole.submit], [.submit], [.submit, .operate]].map {
            AccessKey.make(name: "k", spaces: [space], tools: [NamePattern("*")], roles: $0, lifetime: nil, by: "test")
        }
        let authenticator = KeyAuthenticator { (id) async throws(QueueError) in keys.first { $0.key.id == id }?.key }
        try await withRedisGateway({ $0.authenticator = authenticator }) { gateway in
            let headers = keys.map { [("authorization", "Bearer \($0.text)")] }
            let id = try await submit(gateway, #"{"tool":"sleep","arguments":{"ms":50000}}"#, headers[0])
            #expect(try await list(gateway, "", headers[0]).jobs.map { $0["id"]?.stringValue } == [id])
            #expect(try await list(gateway, "", headers[1]).jobs.isEmpty)
            #expect(try await gateway.problem(.GET, "jobs?all=true", headers[1])["kind"] == "forbidden")
            let all = try await list(gateway, "?all=true", headers[2]).jobs
            // It is another's: its id is none of the operator's business.
            #expect(all.count == 1 && all[0]["tool"] == "sleep" && all[0]["id"] == .null, "\(all)")
            #expect(try await gateway.problem(.GET, "jobs", [("authorization", "Bearer nothing")])["status"] == 401)
        }
    }
}
