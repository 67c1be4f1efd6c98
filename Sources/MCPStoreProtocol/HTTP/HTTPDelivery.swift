import NIOHTTP1

/// The POST of a message that gets no JSON-RPC answer in its own response, or a DELETE. Confined to the event loop.
final class HTTPDelivery: HTTPExchangeHandler {
    private let onEnd: (HTTPOutcome) -> Void

    /// - Parameter onEnd: Called once: with success as soon as the status says so, whatever the body brings.
    init(onEnd: @escaping (HTTPOutcome) -> Void) {
        self.onEnd = onEnd
    }

    func exchange(_ exchange: HTTPExchange, received head: HTTPResponseHead) {
        guard 200...299 ~= head.status.code else { return }
        exchange.detach()
        self.onEnd(.accepted)
    }

    func exchange(_ exchange: HTTPExchange, received event: SSEEvent) {}

    func exchange(_ exchange: HTTPExchange, ended outcome: HTTPOutcome) {
        self.onEnd(outcome)
    }
}
