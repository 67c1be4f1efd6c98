import MCPStore
import MCPStoreQueue
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// W3C Trace Context from the request of a client to the request that the MCP server gets: ToolServer tells what it got.
struct TraceTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    private static let state = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
    private static let headers = [("traceparent", parent), ("tracestate", state)]

    private func meta(_ answer: LiveGateway.Answer) throws -> JSONValue? {
        let answer = try answer.json()
        return (answer["result"] ?? answer)["structuredContent"]?["meta"]
    }

    @Test(arguments: [false, true]) func `A trace reaches the server's _meta, from headers and from _meta, in both eras`(
        inRedis: Bool
    ) async throws {
        guard inRedis else { return try await check(redis: nil) }
        try await withRedisServer { redis in
            try await check(
                redis: RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            )
        }
    }

    private func check(redis: RedisOptions?) async throws {
        try await withLiveGateway(redis: redis) { gateway in
            func expected(_ meta: JSONValue?) -> Bool {
                meta?["traceparent"] == .string(Self.parent) && meta?["tracestate"] == .string(Self.state)
            }
            let rest = try meta(try await gateway.rest(.POST, "tools/test_meta/call", Self.headers, body: "{}"))
            #expect(expected(rest), "\(rest as Any)")
            let call = #""name":"test_meta","arguments":{}"#
            let modern = try meta(try await gateway.modern("tools/call", call, name: "test_meta", headers: Self.headers))
            #expect(expected(modern), "\(modern as Any)")
            // What the client itself writes into the message counts more.
            let own = #""traceparent":"\#(Self.parent)","tracestate":"\#(Self.state)""#
            let both = try meta(
                try await gateway.modern("tools/call", call, name: "test_meta", meta: own, headers: [("traceparent", Self.other)])
            )
            #expect(expected(both), "\(both as Any)")
            let legacy = try meta(
                try await gateway.send(
                    .POST,
                    "/mcp",
                    LiveGateway.types + Self.headers,
                    body: LiveGateway.body("tools/call", call)
                )
            )
            #expect(expected(legacy), "\(legacy as Any)")
            // No trace is made up, and a broken one is none.
            for headers in [[], [("traceparent", "00-0-0-0")]] {
                let none = try meta(try await gateway.rest(.POST, "tools/test_meta/call", headers, body: "{}"))
                #expect(none?["traceparent"] == nil, "\(none as Any)")
            }
        }
    }

    @Test func `A durable job carries the trace of the request that submitted it`() async throws {
        try await withRedisServer { redis in
            let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            try await withLiveGateway(redis: options) { gateway in
                let body = #"{"tool":"test_meta","arguments":{}}"#
                let submitted = try await gateway.rest(.POST, "jobs", Self.headers, body: body).json()
                let id = try #require(submitted["id"]?.stringValue, "\(submitted)")
                let ended = try await gateway.rest(.GET, "jobs/\(id)?wait=60s").json()
                let meta = ended["result"]?["structuredContent"]?["meta"]
                #expect(meta?["traceparent"] == .string(Self.parent) && meta?["tracestate"] == .string(Self.state), "\(ended)")
            }
        }
    }

    @Test(
        arguments: [
            "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", TraceTests.parent + "-x",
            "ff" + TraceTests.parent.dropFirst(2),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            TraceTests.other.uppercased(), TraceTests.other.replacing("0af7", with: "0ag7"), TraceTests.other + " x",
            "cc" + TraceTests.other.dropFirst(2) + "-\n",
        ]
    ) func `What is no traceparent is no trace`(text: String) {
        #expect(JobTrace(traceparent: text, tracestate: nil) == nil)
    }

    @Test func `A trace survives its field, and a state that is too long or not printable is left out`() throws {
        let trace = try #require(JobTrace(traceparent: Self.parent, tracestate: "a=b, c=d"))
        #expect(JobTrace(field: trace.field) == trace && trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        for state in ["", "a=\n", String(repeating: "x", count: 513), "ä=1"] {
            let trace = try #require(JobTrace(traceparent: Self.parent, tracestate: state))
            #expect(trace.tracestate == nil && JobTrace(field: trace.field) == trace)
        }
        // A later version may say more.
        #expect(JobTrace(traceparent: "cc" + Self.parent.dropFirst(2) + "-more", tracestate: nil) != nil)
        #expect(JobTrace(field: "") == nil)
    }
}
