import Logging
import MCPStoreQueue
import MCPStoreRedis
import NIOCore

/// Going on in memory while Redis is away, and back (seed document, S14).
extension RedisBackend {
    /// The connection for commands came or went.
    func connectionChanged(_ lost: RedisError?) {
        guard let fallback else { return }
        fallback.mode.isConnected = lost == nil
        guard let lost else { return returnToRedis() }
        let patience = TimeAmount.nanoseconds(Int64(fallback.mode.patience / .nanoseconds(1)))
        fallback.eventLoop.scheduleTask(in: patience) { [weak self] in
            guard let self, !fallback.mode.isConnected, !self.isClosing else { return }
            Task { await self.fallBack(lost.message) }
        }
    }

    /// Goes on in memory, and says so once.
    func fallBack(_ reason: String) async {
        guard let fallback, !isClosing, await fallback.begin(follower.withSnapshot { $0 }) else { return }
        follower.missedSome()
        logger.warning(
            "Redis is not there, this store goes on in memory: its services and calls are known to this process only, until Redis is back (\(reason))"
        )
        // It may have come back meanwhile.
        if fallback.mode.isConnected { returnToRedis() }
    }

    /// Redis can be reached again, or for the first time.
    private func returnToRedis() {
        guard let fallback, fallback.mode.usesMemory, returning.beginsWhenIdle() else { return }
        Task {
            let isDone = await comeBack(fallback)
            returning.end()
            guard !isDone, !isClosing else { return }
            // It answers, but cannot do all that is needed yet. With the next connection at once, otherwise in a moment.
            fallback.eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in
                if fallback.mode.isConnected { self?.returnToRedis() }
            }
        }
    }

    private func comeBack(_ fallback: MemoryFallback) async -> Bool {
        do {
            try await begin()
            var written = try await writeBack(fallback)
            await fallback.end()
            // What was changed while the first part was written.
            written += try await writeBack(fallback)
            restorer?.dataWasLost()
            follower.missedSome()
            logger.notice(
                "Redis is back, this store uses it again",
                metadata: written.isEmpty ? nil : ["written_back": "\(written.joined(separator: " "))"]
            )
            return true
        } catch {
            logger.debug("cannot return to Redis yet", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Brings to Redis what was changed in memory. Where somebody else changed the same service meanwhile, his word stands.
    private func writeBack(_ fallback: MemoryFallback) async throws -> [String] {
        let changes = await fallback.takeChanges()
        var written: [String] = []
        var done: Set<String> = []
        defer { fallback.keep(changes.map(\.name).filter { !done.contains($0) }) }
        for (name, document, version) in changes {
            if let document {
                let isWritten = try await write(document, over: version)
                if isWritten { written.append(name) }
                restorer?.own.wrote(name, document.configuration)
            } else {
                restorer?.own.wrote(name, nil)
                if version > 0, try await remove(name, at: version) { written.append(name) }
            }
            done.insert(name)
        }
        if !written.isEmpty { _ = try await pools.changed(written.map { ($0, nil) }, redisRegistry) }
        return written
    }

    private func remove(_ name: String, at version: Int) async throws(QueueError) -> Bool {
        do throws(QueueError) {
            guard try await redisRegistry.remove(name, expected: version) else { return false }
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
        try await buryInRedis(name)
        return true
    }

    /// Adds the stats of calls that ran in memory to those in Redis; also of calls that ended after the return.
    func bringStats() {
        guard let fallback, !fallback.mode.usesMemory, bringing.beginsWhenIdle() else { return }
        Task {
            defer { bringing.end() }
            let counted = await fallback.hub.takeStats()
            let keys = SpaceKeys(space)
            let all =
                counted.tools.map { (keys.stats(toolKey: $0.key), $0.value) }
                + counted.services.map { (keys.serviceStats($0.key), $0.value) }
            for (key, stats) in all {
                do throws(QueueError) {
                    try await redisRegistry.add(stats, to: key)
                } catch {
                    // Whether it was added is not known; counted once is better than twice.
                    logger.warning("stats of calls that ran in memory may be lost", metadata: ["key": "\(key)"])
                }
            }
        }
    }

    private func write(_ document: ServiceDocument, over version: Int) async throws(QueueError) -> Bool {
        for expected in version > 0 ? [version, 0] : [0] {
            do throws(QueueError) {
                _ = try await redisRegistry.put([(document.name, document.configuration, expected)], by: StoreContext.author)
                return true
            } catch {
                guard error.code == .conflict else { throw error }
            }
        }
        if try await redisRegistry.service(document.name)?.configuration != document.configuration {
            logger.warning(
                "a service was changed in Redis while this store was away from it: what is in Redis stands",
                metadata: ["service": "\(document.name)"]
            )
        }
        return false
    }
}
