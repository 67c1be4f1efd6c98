import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Has everybody say who he is.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    /// `nil`: nobody is asked.
    let authenticator: (any Authenticator)?

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let authenticator else { return try await next(request, context) }
        guard let token = Self.token(request.headers[.authorization]) else {
            throw Problem.unauthorized("this gateway wants a key: Authorization: Bearer mcps_…", error: nil)
        }
        guard let principal = try await authenticator.principal(for: token) else {
            throw Problem.unauthorized("the key is unknown, over, or was taken back", error: "invalid_token")
        }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }

    /// What follows `Bearer`, in any case (RFC 6750).
    static func token(_ header: String?) -> String? {
        guard let header, header.utf8.count < 16_384 else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
