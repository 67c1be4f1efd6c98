import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Passes the events of a worker's connections to its queue, which is made after them.
final class RedisEvents: Sendable {
    private struct Target {
        weak var queue: RedisWorkQueue?
    }

    private let target = NIOLockedValueBox(Target())

    func connect(to queue: RedisWorkQueue) {
        target.withLockedValue { $0.queue = queue }
    }

    func commands(_ event: RedisClientEvent) {
        guard let queue = target.withLockedValue({ $0.queue }) else { return }
        queue.eventLoop.execute { queue.assumeIsolated { $0.commandsEvent(event) } }
    }

    func jobs(_ event: RedisClientEvent) {
        guard let queue = target.withLockedValue({ $0.queue }) else { return }
        queue.eventLoop.execute { queue.assumeIsolated { $0.jobsEvent(event) } }
    }
}
