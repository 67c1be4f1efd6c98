import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Counts what is answered.
struct CountingMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    /// For requests that ended because their client did not wait for the answer: that is no fault (nginx counts the same).
    static let left = 499

    let counts: RequestCounts
    let connections: ClientConnections

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let path = RequestCounts.PathClass(request.uri.path)
        counts.begin()
        do {
            let response = try await next(request, context)
            let code = response.status.code
            counts.end(path, status: code >= 500 && hasLeft(context) ? Self.left : code)
            return response
        } catch {
            counts.end(path, status: hasLeft(context) ? Self.left : 500)
            throw error
        }
    }

    /// Whether the connection is gone, or the client's half of it.
    private func hasLeft(_ context: GatewayContext) -> Bool {
        connections.connection(of: context.channel).isClosed
    }
}
