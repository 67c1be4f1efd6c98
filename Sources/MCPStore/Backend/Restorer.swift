import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// Writes the services of this store back where the data of the space was deleted under it: with `redis-cli del`, by a Redis
/// that lost its memory, or because an `auto` dataspace expired while the process was stopped.
final class Restorer: Sendable {
    /// A deletion of many keys takes its time: it is looked at again with so many ticks.
    private static let looks = 3

    private struct State {
        var looks = 0
        var isRunning = false
    }

    let own = OwnServices()
    private let registry: any Registry
    private let pools: StorePools
    private let follower: SnapshotFollower
    private let jobs: RedisJobQueue
    private let unread: UnreadChanges
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    init(
        registry: any Registry,
        pools: StorePools,
        follower: SnapshotFollower,
        jobs: RedisJobQueue,
        unread: UnreadChanges,
        logger: Logger
    ) {
        self.registry = registry
        self.pools = pools
        self.follower = follower
        self.jobs = jobs
        self.unread = unread
        self.logger = logger
    }

    /// Whether everything was looked at that had to be.
    var isDone: Bool { state.withLockedValue { $0.looks == 0 && !$0.isRunning } }

    /// Entries of `{space}:changes`. What was removed and then added again is there.
    func received(_ entries: [StreamReader.Entry]) {
        var removed: Set<String> = []
        for entry in entries {
            guard let name = entry.value("service")?.string else { continue }
            if entry.value("change")?.string == "removed" { removed.insert(name) } else { removed.remove(name) }
        }
        for name in removed { own.wasRemoved(name) }
    }

    /// Something was deleted that this store needs. What is there is left as it is.
    func dataWasLost() {
        state.withLockedValue { $0.looks = Self.looks }
        look()
    }

    private func look() {
        let begins = state.withLockedValue { state in
            guard state.looks > 0, !state.isRunning else { return false }
            state.isRunning = true
            return true
        }
        if begins { Task { await restore() } }
    }

    /// To be called about once a second: tries again what failed.
    func tick() {
        look()
        own.update(from: follower.withSnapshot { $0 })
    }

    private func restore() async {
        // First of all: with the services calls come back, and their outcomes need a place.
        jobs.renewInbox()
        do throws(QueueError) {
            // Who removed one of them while this store was away from Redis meant it.
            received(try await unread.read())
            var written: [String] = []
            for (name, configuration) in own.all {
                guard try await put(name, configuration) else { continue }
                written.append(name)
            }
            if !written.isEmpty {
                logger.warning(
                    "the data of the space was deleted in Redis: services of this store were written back",
                    metadata: ["services": "\(written.joined(separator: " "))"]
                )
                try await pools.changed(written.map { ($0, nil) }, registry)
            }
            try await follower.reload()
            state.withLockedValue { state in
                state.looks -= 1
                state.isRunning = false
            }
        } catch {
            logger.debug("the services were not written back yet", metadata: ["error": "\(error.message)"])
            state.withLockedValue { $0.isRunning = false }
        }
    }

    /// Writes a service where none of its name is.
    private func put(_ name: String, _ configuration: ByteBuffer) async throws(QueueError) -> Bool {
        do throws(QueueError) {
            _ = try await registry.put([(name, configuration, 0)], by: StoreContext.author)
            return true
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
    }
}
