import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue

/// What a client of OAuth must know to get a token for this gateway: OAuth 2.0 Protected Resource Metadata (RFC 9728), which the
/// authorization chapter of MCP demands. Every MCP endpoint is a resource of its own.
package struct ResourceMetadata: Sendable, Equatable {
    /// Where it lies, before the path of the resource (RFC 9728, section 3.1).
    static let root = "/.well-known/oauth-protected-resource"

    /// The issuers that make tokens for this gateway: their addresses.
    package var authorizationServers: [String]
    /// The address of the gateway as its clients know it, without a path, such as `https://tools.example.com`; `nil`: the one that a
    /// request names.
    package var publicURL: String?
    /// Whether requests come over TLS, where there is no ``publicURL``.
    package var isTLS: Bool

    package init(authorizationServers: [String], publicURL: String?, isTLS: Bool) {
        self.authorizationServers = authorizationServers
        self.publicURL = publicURL
        self.isTLS = isTLS
    }

    /// The scope that means a role.
    static func scope(_ role: AccessRole) -> String { ClaimMapping.scopePrefix + role.rawValue }

    /// Where the metadata of what a request asked for is. All of REST is one resource.
    func address(_ request: Request) -> String {
        let path = request.uri.path
        // Only what may stand between the quotation marks of a header. Everything else has no endpoint either.
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        return origin(request) + Self.root + (isPlain && path.hasPrefix("/mcp") ? path : "")
    }

    /// Adds the documents to a router: nobody is asked who he is there.
    func add(to router: Router<GatewayContext>) {
        for path in ["", "/mcp", "/mcp/:namespace/:dataspace"] {
            router.get(RouterPath(Self.root + path)) { request, context in
                var resource = path.isEmpty ? "" : "/mcp"
                if let namespace = context.parameters.get("namespace"), let dataspace = context.parameters.get("dataspace") {
                    do throws(QueueError) { _ = try Space(namespace: namespace, dataspace: dataspace) } catch {
                        throw Problem(404, "invalidName", error.message)
                    }
                    resource += "/\(namespace)/\(dataspace)"
                }
                var answer = RESTAnswer(document(resource: origin(request) + resource))
                answer.headers[.cacheControl] = "max-age=300"
                return answer.response
            }
        }
    }

    private func document(resource: String) -> JSONValue {
        [
            "resource": .string(resource),
            "authorization_servers": .array(authorizationServers.map { .string($0) }),
            "scopes_supported": .array(AccessRole.allCases.map { .string(Self.scope($0)) }),
            "bearer_methods_supported": ["header"],
            "resource_name": "MCPStore",
        ]
    }

    /// The host of a request has been checked by then.
    private func origin(_ request: Request) -> String {
        publicURL ?? "\(isTLS ? "https" : "http")://\(request.head.authority ?? "localhost")"
    }
}
