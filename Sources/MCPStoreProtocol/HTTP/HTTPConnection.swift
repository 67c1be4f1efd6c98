import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1

/// What all exchanges with one server share.
struct HTTPConnection: Sendable {
    /// Where everything happens.
    let eventLoop: any EventLoop
    /// Sends the requests.
    let client: HTTPClient
    /// The service's URL.
    let endpoint: HTTPEndpoint
    /// Makes the header fields.
    let headers: RequestHeaders
    let options: HTTPTransportOptions
    let limits: SessionLimits
    let logger: Logger

    /// Starts an exchange.
    ///
    /// - Parameters:
    ///   - endpoint: The service's URL when `nil`.
    ///   - timeout: How long the exchange may take; `nil` when its handler bounds it.
    func start(
        _ method: HTTPMethod,
        endpoint: HTTPEndpoint? = nil,
        headers: HTTPHeaders,
        body: ByteBuffer? = nil,
        timeout: Duration? = nil,
        handler: any HTTPExchangeHandler,
        onWritten: (@Sendable () -> Void)? = nil
    ) -> HTTPExchange {
        let endpoint = endpoint ?? self.endpoint
        let exchange = HTTPExchange(
            eventLoop: self.eventLoop,
            origin: endpoint.origin,
            maximumMessageBytes: self.limits.maximumMessageBytes,
            handler: handler,
            onWritten: onWritten
        )
        do {
            let request = try HTTPClient.Request(
                url: endpoint.url,
                method: method,
                headers: headers,
                body: body.map { .byteBuffer($0) }
            )
            exchange.start(request, client: self.client, deadline: timeout.map { .now() + TimeAmount($0) })
        } catch {
            // The URL was checked when the transport was made; what is left are faults that no request would survive.
            exchange.fail(error)
        }
        return exchange
    }

    /// An answer is over its bound.
    var tooLarge: MCPError { .tooLarge(from: self.endpoint.origin, maximum: self.limits.maximumMessageBytes) }

    /// Says what a refusal means.
    func error(_ refusal: HTTPRefusal) -> MCPError {
        refusal.error(origin: self.endpoint.origin, hasCredentials: self.headers.hasCredentials, redact: self.headers.redact)
    }

    /// Says what an outcome means for a request that is still without an answer.
    func error(_ outcome: HTTPOutcome) -> MCPError {
        let origin = self.endpoint.origin
        return switch outcome {
        case .json(let body):
            MCPError(
                .protocolViolation,
                "\(origin) sent JSON that does not answer the request",
                detail: HTTPExcerpt.text(body, headers: [:]).map(self.headers.redact),
                requestWasWritten: true
            )
        case .streamEnded(let error):
            error ?? MCPError(.closed, "\(origin) ended its event stream before it had answered", requestWasWritten: true)
        case .accepted: MCPError(.protocolViolation, "\(origin) took the request without an answer", requestWasWritten: true)
        case .unexpected(let type):
            MCPError(
                .protocolViolation,
                "\(origin) answered with content type \(type), not with JSON or an event stream; is this the URL of an MCP server?",
                requestWasWritten: true
            )
        case .refused(let refusal): self.error(refusal)
        case .failed(let error): error
        }
    }
}
