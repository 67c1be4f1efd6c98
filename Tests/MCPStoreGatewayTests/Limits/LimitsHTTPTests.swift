import AsyncHTTPClient
import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Two gateways that listen and share one Redis: what somebody is told who asks for too much.
struct LimitsHTTPTests {
    private func withTwoGateways(
        _ limits: AccessLimits,
        _ arguments: [String] = [],
        _ body: (LiveGateway, LiveGateway, _ key: [(String, String)]) async throws -> Void
    ) async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(try server.configuration(socketTimeout: .seconds(60))) { client in
            let redis = RedisAccessLimits(try Pool(cluster: "limits-\(UUID().uuidString)"), client: client)
            let (key, text) = AccessKey.make(
                name: "ci",
                spaces: [.all],
                tools: [NamePattern("*")],
                roles: [.call],
                lifetime: nil,
                limits: limits,
                by: "test"
            )
            let change: (inout GatewayOptions) -> Void = { options in
                options.authenticator = KeyAuthenticator { (id) async throws(QueueError) in id == key.id ? key : nil }
                options.limits = RequestLimits(defaults: nil) { (request) async throws(QueueError) in try await redis.ask(request)
                }
            }
            try await withLiveGateway(arguments, redis: nil, change) { one in
                try await withLiveGateway(arguments, redis: nil, change) { two in
                    try await body(one, two, [("authorization", "Bearer \(text)")])
                }
            }
        }
    }

    @Test func `Over its rate a key gets 429 with Retry-After, as a problem and as an error of MCP`() async throws {
        try await withTwoGateways(AccessLimits(rate: 1 / 3600, burst: 3)) { one, two, key in
            let call = LiveGateway.body("tools/call", #""name":"echo","arguments":{"text":"hi"}"#)
            #expect(try await one.send(.POST, "/mcp", LiveGateway.types + key, body: call).status == 200)
            #expect(try await two.send(.POST, "/mcp", LiveGateway.types + key, body: call).status == 200)
            #expect(try await two.rest(.GET, "tools", key).status == 200)
            for gateway in [one, two] {
                let answer = try await gateway.send(.POST, "/mcp", LiveGateway.types + key, body: call)
                #expect(answer.status == 429 && answer.type == "application/json")
                #expect((Int(answer.headers.first(name: "retry-after") ?? "") ?? 0) > 3000)
                let message = try answer.json()
                #expect(message["id"] == 1 && message["jsonrpc"] == "2.0")
                #expect(message["error"]?["data"]?["kind"] == "busy")
                #expect((message["error"]?["data"]?["retryAfterMs"]?.integerValue ?? 0) > 3_000_000)
                let problem = try await gateway.rest(.GET, "tools", key)
                #expect(problem.status == 429 && problem.type == "application/problem+json")
                #expect((Int(problem.headers.first(name: "retry-after") ?? "") ?? 0) > 3000)
                #expect(try problem.json()["kind"] == "busy")
                let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
                #expect(try await gateway.send(.POST, "/mcp", LiveGateway.types + key, body: note).status == 429)
            }
        }
    }

    @Test func `Calls that are not answered yet hold their places at both gateways`() async throws {
        let directory = try TemporaryDirectory("limits")
        defer { directory.remove() }
        let record = directory.path + "/record"
        try await withTwoGateways(AccessLimits(inFlight: 2), ["--record", record]) { one, two, key in
            let name = "record_destructive"
            let echo = LiveGateway.body("tools/call", #""name":"echo","arguments":{"text":"hi"}"#)
            var running: [Task<Void, any Error>] = []
            for (number, gateway) in [one, two].enumerated() {
                let (headers, body) = LiveGateway.modernRequest(
                    "tools/call",
                    #""name":"\#(name)","arguments":{"id":"\#(number)","ms":600000}"#,
                    name: name
                )
                let request = gateway.request(.POST, "/mcp", headers + key, body: body)
                running.append(
                    Task { [client = gateway.client] in _ = try await client.execute(request, timeout: .seconds(600)) }
                )
                try await eventually("it runs", within: .seconds(90)) {
                    let lines = FileManager.default.contents(atPath: record).map { String(decoding: $0, as: UTF8.self) } ?? ""
                    return lines.split(separator: "\n").count { $0.contains(#""start""#) } == number + 1
                }
            }
            for gateway in [one, two] {
                let answer = try await gateway.send(.POST, "/mcp", LiveGateway.types + key, body: echo)
                #expect(answer.status == 429 && answer.headers.first(name: "retry-after") == "1", "\(answer)")
            }
            running.forEach { $0.cancel() }
            for gateway in [one, two] {
                try await eventually("a place is free", within: .seconds(90)) {
                    try await gateway.send(.POST, "/mcp", LiveGateway.types + key, body: echo).status == 200
                }
            }
        }
    }
}
