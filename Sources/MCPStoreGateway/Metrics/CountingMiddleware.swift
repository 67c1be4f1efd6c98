import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Counts what is answered.
struct CountingMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    let counts: RequestCounts

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let path = RequestCounts.PathClass(request.uri.path)
        counts.begin()
        do {
            let response = try await next(request, context)
            counts.end(path, status: response.status.code)
            return response
        } catch {
            counts.end(path, status: 500)
            throw error
        }
    }
}
