import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Has those who wait for `100 Continue` told when somebody reads their body.
struct ContinueMiddleware: RouterMiddleware {
    typealias Context = GatewayContext

    @concurrent func handle(
        _ request: Request,
        context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.expect] != nil else { return try await next(request, context) }
        var request = request
        request.body = RequestBody(asyncSequence: AwaitedBody(body: request.body, channel: context.channel))
        return try await next(request, context)
    }
}
