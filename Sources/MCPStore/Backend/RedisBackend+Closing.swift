import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers

extension RedisBackend {
    package func close() async {
        life.withLockedValue { $0.isClosing = true }
        if let fallback, fallback.mode.usesMemory { await fallback.close() }
        // The inbox still works: calls that can finish meanwhile do.
        await embedded?.close(using: commands)
        // Calls that went on in memory and had no time left.
        await fallback?.close()
        await leaveSpace()
        events.disconnect()
        reader.stop()
        follower.finish()
        let running = tasks.withLockedValue { tasks in
            defer { tasks = [] }
            return tasks
        }
        let wasOpen = life.withLockedValue { life in
            defer { life.isOpen = false }
            return life.isOpen
        }
        // Also where Redis is away: whoever waits is told at once.
        if wasOpen { await jobs.close() }
        for task in running { task.cancel() }
        for task in running { await task.value }
    }

    /// The last store of an `auto` dataspace takes everything with it.
    private func leaveSpace() async {
        guard let lease, life.withLockedValue({ $0.isOpen }), commands.isConnected else { return }
        do throws(QueueError) {
            guard try await lease.leave() else { return }
            let services = follower.withSnapshot { $0.services.map { ($0.key, Optional($0.value)) } }
            try await pools.left(services, registry)
        } catch {
            logger.debug("the dataspace was not deleted; its keys will expire", metadata: ["error": "\(error.message)"])
        }
    }
}
