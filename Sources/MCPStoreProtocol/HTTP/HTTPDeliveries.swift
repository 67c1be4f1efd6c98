import NIOHTTP1

/// The deliveries that are under way, so that they can be cancelled together. Confined to the event loop.
final class HTTPDeliveries {
    private var exchanges: [Int: HTTPExchange] = [:]
    private var nextKey = 0

    /// Starts a delivery.
    ///
    /// - Parameters:
    ///   - start: Starts the exchange for the handler it gets.
    ///   - onEnd: Called once with how it ended; not after ``cancelAll()``.
    func start(_ start: (HTTPDelivery) -> HTTPExchange, onEnd: @escaping (HTTPOutcome) -> Void) {
        let key = self.nextKey
        self.nextKey += 1
        var hasEnded = false
        let exchange = start(
            HTTPDelivery { outcome in
                hasEnded = true
                self.exchanges[key] = nil
                onEnd(outcome)
            }
        )
        if !hasEnded { self.exchanges[key] = exchange }
    }

    /// Gives all of them up.
    func cancelAll() {
        let exchanges = self.exchanges
        self.exchanges = [:]
        for exchange in exchanges.values { exchange.cancel() }
    }
}
