import Foundation
import MCPStore
import TestSupport
import Testing

/// API keys over real processes: made and taken back on the command line, known at every gateway.
struct GatewayKeyTests {
    /// The HTTP status of `tools/list`.
    private func status(_ url: String, _ key: String?) async throws -> Int {
        try await ClusterFixture.send(url + "/mcp", #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, key: key).status
    }

    @Test func `A key opens the gateways until it is revoked, and is nowhere in Redis`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            try await cluster.withGateway(["--auth", "keys"]) { gateway in
                #expect(try await status(gateway.url, nil) == 401)
                let made = try await cluster.command("key", "create", "ci", "--spaces", "*:*", "--tools", "get_*")
                #expect(made.status == 0, "\(made)")
                let key = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(key.hasPrefix("mcps_"), "\(key)")
                #expect(try await status(gateway.url, key) == 200)

                let list = try await cluster.command("key", "list", "--json")
                let listed = try JSONValue(parsing: Data(list.output.utf8)).arrayValue ?? []
                #expect(listed.first?["name"] == "ci" && listed.first?["tools"] == ["get_*"], "\(list)")
                #expect(!list.output.contains(key.suffix(40)))

                let id = try #require(listed.first?["id"]?.stringValue)
                #expect(try await cluster.command("key", "revoke", id).status == 0)
                try await eventually("the key is refused", within: .seconds(60)) { try await status(gateway.url, key) == 401 }
                #expect(try await cluster.command("key", "revoke", id).status == 2)
            }
        }
    }
}
