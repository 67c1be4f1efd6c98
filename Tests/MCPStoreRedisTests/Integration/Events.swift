import MCPStoreRedis
import NIOConcurrencyHelpers

/// Collects a client's events, and lets a test wait for the next one. Every wait is bounded by the test's time limit.
final class Events: Sendable {
    let stream: AsyncStream<RedisClientEvent>
    private let continuation: AsyncStream<RedisClientEvent>.Continuation

    init() {
        (self.stream, self.continuation) = AsyncStream.makeStream()
    }

    func add(_ event: RedisClientEvent) { self.continuation.yield(event) }

    /// The next `connected` event.
    func nextConnected() async -> RedisServerIdentity? {
        for await case .connected(let identity) in self.stream { return identity }
        return nil
    }

    /// The next `disconnected` event.
    func nextDisconnected() async -> RedisError? {
        for await case .disconnected(let error) in self.stream { return error }
        return nil
    }
}

/// Runs `body` and returns the error of this module that it throws.
func redisError(_ body: () async throws -> Void) async -> RedisError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? RedisError
    }
}
