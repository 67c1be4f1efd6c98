import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Lets pages of some origins read what the gateway answers (WHATWG Fetch, "CORS protocol"). Off where there are none.
///
/// A page shows who it is with a key or a token in `Authorization`; cookies are none of this.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    /// For how long a browser remembers what it may send, in seconds.
    private static let remembered = "600"
    private static let methods = "GET, POST, PUT, PATCH, DELETE"
    private static let sent =
        "Authorization, Content-Type, Accept, Idempotency-Key, MCP-Protocol-Version, Mcp-Method, Mcp-Name, traceparent, tracestate"
    private static let shown =
        "Location, Retry-After, WWW-Authenticate, Mcpstore-Outcome, Mcpstore-Service, Mcpstore-Job, Mcpstore-Worker, Mcpstore-Attempt, Mcpstore-Queued-Us, Mcpstore-Run-Us"

    /// Whole origins, in lower case.
    let origins: Set<String>

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty else { return try await next(request, context) }
        let origin = request.headers[.origin]
        guard let origin, origins.contains(origin.lowercased()) else {
            var response = try await next(request, context)
            // What is answered depends on who asks: caches must know.
            response.headers.append(HTTPField(name: .vary, value: "Origin"))
            return response
        }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            return Response(
                status: .noContent,
                headers: [
                    .accessControlAllowOrigin: origin, .vary: "Origin", .accessControlAllowMethods: Self.methods,
                    .accessControlAllowHeaders: Self.sent, .accessControlMaxAge: Self.remembered,
                ]
            )
        }
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.shown
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }
}
