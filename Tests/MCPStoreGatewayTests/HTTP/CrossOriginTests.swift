import MCPStore
import NIOHTTP1
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Pages of other origins: what browsers ask before, and what they may read.
struct CrossOriginTests {
    private static let page = "https://app.example.com"

    @Test func `A page of a named origin may read the answers, errors too`() async throws {
        try await withLiveGateway(
            [],
            {
                $0.crossOrigins = [Self.page]
                $0.hosts.origins = [Self.page]
            }
        ) { gateway in
            let asked = [("origin", Self.page), ("access-control-request-method", "POST")]
            let before = try await gateway.send(.OPTIONS, "/api/v1/default/default/jobs", asked)
            #expect(before.status == 204 && before.headers.first(name: "access-control-allow-origin") == Self.page)
            #expect(before.headers.first(name: "access-control-allow-headers")?.contains("Authorization") == true)
            #expect(before.headers.first(name: "access-control-allow-credentials") == nil)
            for (path, status) in [("services", 200), ("services/none", 404)] {
                let answer = try await gateway.rest(.GET, path, [("origin", Self.page)])
                #expect(answer.status == status && answer.headers.first(name: "access-control-allow-origin") == Self.page)
                #expect(answer.headers["vary"].contains("Origin"))
            }
            let other = try await gateway.rest(.GET, "services", [("origin", "https://evil.example.com")])
            #expect(other.status == 403 && other.headers.first(name: "access-control-allow-origin") == nil)
            let asking = [("origin", "https://evil.example.com"), ("access-control-request-method", "POST")]
            let refused = try await gateway.send(.OPTIONS, "/api/v1/default/default/jobs", asking)
            #expect(refused.status != 204 && refused.headers.first(name: "access-control-allow-origin") == nil)
        }
    }

    @Test func `Without named origins nothing is said of other pages`() async throws {
        try await withLiveGateway([], { $0.hosts.origins = [Self.page] }) { gateway in
            let answer = try await gateway.rest(.GET, "services", [("origin", Self.page)])
            #expect(answer.status == 200 && answer.headers.first(name: "access-control-allow-origin") == nil)
            let asked = [("origin", Self.page), ("access-control-request-method", "POST")]
            let before = try await gateway.send(.OPTIONS, "/api/v1/default/default/jobs", asked)
            #expect(before.status != 204 && before.headers.first(name: "access-control-allow-origin") == nil)
        }
    }
}
