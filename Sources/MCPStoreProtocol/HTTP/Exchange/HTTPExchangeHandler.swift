import NIOHTTP1

/// Gets what one HTTP exchange brings. All calls happen on the event loop; `ended` comes exactly once and last, unless the exchange
/// was cancelled.
protocol HTTPExchangeHandler: AnyObject {
    /// Status and headers came.
    func exchange(_ exchange: HTTPExchange, received head: HTTPResponseHead)
    /// An event of the event stream came.
    func exchange(_ exchange: HTTPExchange, received event: SSEEvent)
    /// The exchange is over.
    func exchange(_ exchange: HTTPExchange, ended outcome: HTTPOutcome)
}
