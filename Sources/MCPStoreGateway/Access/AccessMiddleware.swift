import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStoreQueue

/// Has everybody say who he is, and tells those who cannot where they get what they need for it.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    /// `nil`: nobody is asked.
    let authenticator: (any Authenticator)?
    /// `nil`: tokens come from nowhere that could be named.
    let resources: ResourceMetadata?

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard let authenticator else { return try await next(request, context) }
        do {
            var context = context
            context.principal = try await principal(request, authenticator)
            return try await next(request, context)
        } catch let problem as Problem {
            throw challenged(problem, request)
        }
    }

    private func principal(_ request: Request, _ authenticator: any Authenticator) async throws(Problem) -> Principal {
        guard let token = Self.token(request.headers[.authorization]) else {
            throw Problem.unauthorized("this gateway wants a key or a token: Authorization: Bearer …", error: nil)
        }
        guard let principal = try await authenticator.principal(for: token) else {
            throw Problem.unauthorized("the key is unknown, over, or was taken back", error: "invalid_token")
        }
        return principal
    }

    /// The problem with what a client of OAuth does about it (MCP, "Authorization": where the metadata of the resource is, and the
    /// scope that is needed).
    private func challenged(_ problem: Problem, _ request: Request) -> Problem {
        guard let resources, problem.status == 401 || problem.missing != nil else { return problem }
        let role = problem.missing ?? .call
        var problem = problem
        // What came without a token gets no error code (RFC 6750, section 3.1).
        let isNobody = problem.status == 401 && request.headers[.authorization] == nil
        problem.authenticate = Problem.challenge(
            error: isNobody ? nil : problem.status == 401 ? "invalid_token" : "insufficient_scope",
            [
                ("resource_metadata", resources.address(request)), ("scope", ResourceMetadata.scope(role)),
            ]
        )
        return problem
    }

    /// What follows `Bearer`, in any case (RFC 6750).
    static func token(_ header: String?) -> String? {
        guard let header, header.utf8.count < 16_384 else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
