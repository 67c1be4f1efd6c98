import MCPStore

/// What a request that waits must know: whether its client is still there, and whether the gateway goes away.
struct RESTWaiting: Sendable {
    /// The client's connection.
    let connection: ClientConnection
    /// "Closed" when the gateway begins to drain.
    let gateway: ClientConnection

    /// Runs `body` as long as the client is there.
    ///
    /// - Parameter endsWithGateway: Whether it also ends when the gateway drains: for what only waits and may be asked again.
    /// - Throws: ``Problem`` 503 where it ended because of that, 499 where the client left.
    func run<Value: Sendable>(
        endsWithGateway: Bool = true,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let listener = ClientConnection.Listener(onClose: { task.cancel() })
        let ofClient = connection.add(listener)
        let ofGateway = endsWithGateway ? gateway.add(listener) : nil
        defer {
            connection.remove(ofClient)
            if let ofGateway { gateway.remove(ofGateway) }
        }
        do { return try await task.value } catch {
            guard task.isCancelled else { throw error }
            // Who has only closed its half still reads this; to ask again might run a call twice.
            if connection.isClosed {
                throw Problem(
                    499,
                    "cancelled",
                    "the client closed the connection: what it waited for was cancelled, and may have taken effect"
                )
            }
            throw Problem(503, "closed", "the gateway is going away: ask again", retryAfter: 1)
        }
    }
}
