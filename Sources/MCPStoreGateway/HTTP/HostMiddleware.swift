import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Refuses requests for other hosts and from foreign web pages, before anything else is looked at.
struct HostMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    let policy: HostPolicy

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        // The first one was taken for the authority (RFC 9112, section 3.2).
        if request.headers[.secondHost] != nil { throw Problem(400, "host", "the request has two Host headers") }
        if let refusal = policy.refusal(host: request.head.authority, origin: request.headers[.origin]) { throw refusal }
        return try await next(request, context)
    }
}
