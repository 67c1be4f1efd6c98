import Foundation
import MCPStore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// A tool that is held back, approved over REST.
struct RESTApprovalTests {
    @Test func `A tool that has changed is listed as held, and approved by the hash that was looked at`() async throws {
        try await withRedisServer { redis in
            let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
            let folder = redis.directory.path + "/orders"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await withLiveGateway(["--era", "legacy", "--orders", folder], redis: options) { gateway in
                try await gateway.store.forStore().setToolPinning(.enforce)
                try "".write(toFile: folder + "/change-tools", atomically: false, encoding: .utf8)
                func held() async throws -> [String] {
                    let tools = try await gateway.rest(.GET, "tools?held=true").json().arrayValue ?? []
                    return tools.filter { $0["held"] == true }.compactMap { $0["name"]?.stringValue }
                }
                try await eventually("it is held back", within: .seconds(90), that: { try await held().contains("echo") })
                let listed = try await gateway.rest(.GET, "tools").json().arrayValue ?? []
                #expect(!listed.contains { $0["name"] == "echo" })
                let tool = try await gateway.rest(.GET, "tools/echo").json()
                let hash = try #require(tool["approval"]?["hash"]?.stringValue, "\(tool)")
                #expect(tool["approval"]?["differences"]?.arrayValue?.isEmpty == false, "\(tool)")
                let old = try await gateway.problem(.POST, "tools/echo/approve", body: #"{"hash":"0000"}"#)
                #expect(old["status"] == 409 && old["kind"] == "conflict", "\(old)")
                #expect(try await gateway.problem(.POST, "tools/echo/approve", body: "{}")["status"] == 400)
                #expect(try await held().contains("echo"))
                let approved = try await gateway.rest(.POST, "tools/echo/approve", body: #"{"hash":"\#(hash)"}"#)
                #expect(approved.status == 200, "\(approved.text)")
                #expect(try approved.json() == ["service": "tools", "tool": "echo", "changed": true])
                #expect(try await !held().contains("echo"))
                try await eventually(
                    "it is called again",
                    within: .seconds(90),
                    that: {
                        try await gateway.rest(.POST, "tools/echo/call", body: #"{"text":"x"}"#).status == 200
                    }
                )
            }
        }
    }
}
