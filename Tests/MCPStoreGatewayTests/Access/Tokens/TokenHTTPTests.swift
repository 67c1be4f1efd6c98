import Foundation
import MCPStore
import MCPStoreQueue
import NIOHTTP1
import Testing

@testable import MCPStoreGateway

/// Tokens at a gateway that listens, and what clients of OAuth are told.
struct TokenHTTPTests {
    private func withTokens(
        publicURL: String? = nil,
        _ body: (LiveGateway, TokenMaker) async throws -> Void
    ) async throws {
        let maker = try TokenMaker()
        let tokens = try maker.authenticator()
        try await withLiveGateway([]) { options in
            options.authenticator = AccessAuthenticator(keys: nil, tokens: tokens)
            options.resources = ResourceMetadata(
                authorizationServers: [TokenMaker.issuer],
                publicURL: publicURL,
                isTLS: false
            )
        } _: {
            try await body($0, maker)
        }
    }

    private func list(_ gateway: LiveGateway, _ token: String?, path: String = "/mcp") async throws -> LiveGateway.Answer {
        let headers = LiveGateway.types + (token.map { [("authorization", "Bearer \($0)")] } ?? [])
        return try await gateway.send(.POST, path, headers, body: LiveGateway.body("tools/list", ""))
    }

    @Test func `Who comes without a token is told where the metadata is, and the metadata where to get one`() async throws {
        try await withTokens { gateway, maker in
            for path in ["/mcp", "/mcp/default/default"] {
                let answer = try await list(gateway, nil, path: path)
                #expect(answer.status == 401)
                let address = "\(gateway.url)/.well-known/oauth-protected-resource\(path)"
                let challenge = answer.headers.first(name: "www-authenticate") ?? ""
                #expect(challenge.hasPrefix("Bearer ") && challenge.contains(#"resource_metadata="\#(address)""#), "\(challenge)")
                #expect(challenge.contains(#"scope="mcpstore:call""#) && !challenge.contains("error="))
                let metadata = try await gateway.send(.GET, "/.well-known/oauth-protected-resource\(path)")
                #expect(metadata.status == 200 && metadata.type == "application/json")
                let document = try metadata.json()
                #expect(document["resource"] == .string(gateway.url + path))
                #expect(document["authorization_servers"] == [.string(TokenMaker.issuer)])
                #expect(document["scopes_supported"]?.arrayValue?.contains("mcpstore:call") == true)
                #expect(document["bearer_methods_supported"] == ["header"])
            }
            let root = try await gateway.send(.GET, "/.well-known/oauth-protected-resource")
            #expect(try root.json()["resource"] == .string(gateway.url))
            #expect(try await gateway.send(.GET, "/.well-known/oauth-protected-resource/mcp/a%2Fb/c").status == 404)
            #expect(try await gateway.send(.GET, "/.well-known/oauth-protected-resource/other").status != 200)
            let wrong = try await list(gateway, try maker.token() + "x")
            #expect(wrong.status == 401)
            #expect(wrong.headers.first(name: "www-authenticate")?.contains(#"error="invalid_token""#) == true)
        }
    }

    @Test func `Behind a proxy the metadata has the name that clients know`() async throws {
        try await withTokens(publicURL: "https://tools.example") { gateway, _ in
            let challenge = try await list(gateway, nil).headers.first(name: "www-authenticate") ?? ""
            #expect(challenge.contains(#""https://tools.example/.well-known/oauth-protected-resource/mcp""#), "\(challenge)")
            let document = try await gateway.send(.GET, "/.well-known/oauth-protected-resource/mcp").json()
            #expect(document["resource"] == "https://tools.example/mcp")
        }
    }

    @Test func `A token opens its spaces with its roles, and whoever lacks one is told its scope`() async throws {
        try await withTokens { gateway, maker in
            #expect(try await list(gateway, try maker.token()).status == 200)
            let submits = try maker.token(
                TokenMaker.claims(["mcpstore": ["spaces": ["default"]], "scope": "mcpstore:submit"])
            )
            let answer = try await list(gateway, submits)
            #expect(answer.status == 403)
            let challenge = answer.headers.first(name: "www-authenticate") ?? ""
            #expect(challenge.contains(#"error="insufficient_scope""#) && challenge.contains(#"scope="mcpstore:call""#))
            let manages = try await gateway.rest(
                .POST,
                "services",
                [("authorization", "Bearer \(try maker.token())")],
                body: #"{"mcpServers":{"x":{"command":"true"}}}"#
            )
            #expect(manages.status == 403)
            #expect(manages.headers.first(name: "www-authenticate")?.contains(#"scope="mcpstore:manage""#) == true)
            // A space of others: a scope would not help.
            let elsewhere = try await list(gateway, try maker.token(), path: "/mcp/other/default")
            #expect(elsewhere.status == 403 && elsewhere.headers.first(name: "www-authenticate") == nil)
        }
    }

    @Test func `What is stored of services over HTTP comes from who may manage them, in their space only`() async throws {
        try await withTokens { gateway, maker in
            let body = #"{"mcpServers":{"x":{"command":"/bin/true"}}}"#
            func add(_ roles: [JSONValue], _ space: String) async throws -> Int {
                let token = try maker.token(
                    TokenMaker.claims(["mcpstore": ["spaces": ["default:default"], "roles": .array(roles)]])
                )
                let headers = [("authorization", "Bearer \(token)"), ("content-type", "application/json")]
                return try await gateway.send(.POST, "/api/v1/\(space)/services", headers, body: body).status
            }
            let others = try await add(["call", "submit", "operate"], "default/default")
            let elsewhere = try await add(["manage"], "other/default")
            let manager = try await add(["manage"], "default/default")
            #expect(others == 403)
            #expect(elsewhere == 403)
            #expect(manager == 200)
        }
    }
}
