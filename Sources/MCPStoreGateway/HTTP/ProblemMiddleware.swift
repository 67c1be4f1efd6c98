import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import NIOCore

/// Has every failure answered as a ``Problem``.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    private static let nothing =
        "there is nothing at this path: MCP is at /mcp and /mcp/{namespace}/{dataspace}, REST behind /api/v1 as /api/v1/openapi.json says, the console at /console"

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as MCPStoreError {
            return Problem(error).response
        } catch let error as any HTTPResponseError {
            let status = error.status.code
            let detail = status == 404 ? Self.nothing : error.status.reasonPhrase
            return Problem(status, "http", detail).response
        } catch is CancellationError {
            return Problem(503, "closed", "the gateway is going away: try again").response
        }
    }
}
