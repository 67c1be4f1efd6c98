import MCPStore
import MCPStoreQueue
import Testing

@testable import MCPStoreGateway

/// What the claims of a token mean.
struct ClaimMappingTests {
    private func principal(_ changes: [String: JSONValue?], _ mapping: ClaimMapping = ClaimMapping()) throws -> Principal {
        try mapping.principal(TokenMaker.claims(changes))
    }

    private func spaces(_ principal: Principal) -> [String]? { principal.spaces?.map(\.description) }

    @Test func `A claim of ours says spaces, tools, roles and limits`() throws {
        let claim: JSONValue = [
            "spaces": ["a", "b:w1", "team_*:*"], "tools": ["get_*"], "roles": ["call", "manage", "admin"], "rate": 2.5,
            "burst": 10,
            "inFlight": 3,
        ]
        let principal = try principal(["mcpstore": claim])
        #expect(spaces(principal) == ["a:*", "b:w1", "team_*:*"])
        #expect(principal.sees(tool: "get_x", of: "s") && !principal.sees(tool: "delete_x", of: "s"))
        #expect(principal.roles == [.call, .manage])
        #expect(principal.limits == AccessLimits(rate: 2.5, burst: 10, inFlight: 3))
    }

    @Test func `Without claims nobody may do anything`() throws {
        let principal = try principal(["mcpstore": nil])
        #expect(principal.spaces == [] && principal.roles == [] && principal.limits == nil)
    }

    @Test func `Scopes of ours are roles`() throws {
        let scope: JSONValue = "openid mcpstore:call mcpstore:submit mcpstore:root call"
        let principal = try principal(["mcpstore": ["spaces": "a"], "scope": scope])
        #expect(principal.roles == [.call, .submit])
    }

    @Test func `Claims of others can be used, and what they do not say be given`() throws {
        var mapping = ClaimMapping()
        mapping.claims = [.spaces: "https://x.example/tenant", .roles: "realm_access.roles", .name: "email"]
        mapping.roles = ["platform team": .operate]
        mapping.defaults = [.tools: ["get_*"], .inFlight: 4]
        let claims: [String: JSONValue?] = [
            "https://x.example/tenant": "a", "email": "ada@x.example",
            "realm_access": ["roles": ["platform team", "call", "operate"]],
        ]
        let mapped = try principal(claims, mapping)
        #expect(spaces(mapped) == ["a:*"] && mapped.name == "ada@x.example")
        // A group that is called like a role is none, unless somebody says so.
        #expect(mapped.roles == [.operate])
        #expect(!mapped.sees(tool: "delete_x", of: "s") && mapped.limits?.inFlight == 4)
        mapping.defaults[.roles] = ["call"]
        #expect(try principal(["realm_access": nil], mapping).roles == [.call])
    }

    @Test func `A tenant that calls itself * is not all tenants`() throws {
        var mapping = ClaimMapping()
        mapping.claims = [.spaces: "tenant"]
        for name: JSONValue in ["*", "*:*", "a*", ["a", "*"], "mcpstore:x:y", "a b/c", "a:b:c", "../a"] {
            #expect(throws: TokenRefusal.self, "\(name)") { try principal(["tenant": name], mapping) }
        }
        // What the operator wrote down he meant.
        mapping.defaults[.spaces] = ["*:*"]
        #expect(spaces(try principal([:], mapping)) == ["*:*"])
    }

    @Test func `Claims of other forms make no principal`() throws {
        for claim: JSONValue in [
            ["spaces": 1], ["spaces": ["a", 1]], ["tools": ["a": "b"]], ["roles": true], ["rate": "1"], ["rate": -1], ["rate": 0],
            ["inFlight": 0], ["inFlight": -5], ["burst": 5], ["rate": 1e300],
            ["spaces": .array(Array(repeating: "a", count: 257))],
        ] {
            #expect(throws: TokenRefusal.self, "\(claim)") { try principal(["mcpstore": claim]) }
        }
    }

    @Test func `Subjects of two issuers are two principals, whatever they are called`() throws {
        let pairs = [("a", "b\nc"), ("a\nb", "c"), ("a", "c"), ("b", "c")]
        let ids = try pairs.map { try principal(["iss": .string($0.0), "sub": .string($0.1)]).id }
        #expect(Set(ids).count == pairs.count)
        #expect(try principal(["iss": "a", "sub": "c", "exp": 1]).id == ids[2])
        #expect(try !principal(["sub": "b\nc"]).name.contains("\n"))
    }
}
