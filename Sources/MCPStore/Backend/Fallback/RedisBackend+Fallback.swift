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
        if let lost { fallBackLater(lost.message) } else { returnToRedis() }
    }

    /// There is no connection: goes on in memory, unless it is back in time.
    private func fallBackLater(_ reason: String) {
        guard let fallback else { return }
        let patience = TimeAmount(fallback.mode.patience)
        fallback.eventLoop.scheduleTask(in: patience) { [weak self] in
            guard let self, !fallback.mode.isConnected, !self.isClosing else { return }
            Task { await self.fallBack(reason) }
        }
    }

    /// Goes on in memory, and says so once.
    func fallBack(_ reason: String) async {
        guard let fallback, !isClosing, await fallback.begin(follower.withSnapshot { $0 }) else { return }
        follower.missedSome()
        logger.warning(
            "Redis cannot be used, this store goes on in memory: its services and calls are known to this process only, until Redis is back (\(reason))"
        )
        // It may have come back meanwhile.
        if fallback.mode.isConnected { returnToRedis() }
    }

    /// Redis can be reached again, or for the first time; or something was left to bring there.
    func returnToRedis() {
        guard let fallback, !isClosing, fallback.mode.isConnected, fallback.mode.usesMemory || fallback.hasNews,
            returning.beginsWhenIdle()
        else { return }
        Task {
            let isDone = await comeBack(fallback)
            returning.end()
            guard !isDone, !isClosing else { return }
            // It answers, but cannot do all that is needed yet. With the next connection at once, otherwise in a moment.
            fallback.eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in self?.returnToRedis() }
        }
    }

    /// - Returns: Whether all is in Redis.
    private func comeBack(_ fallback: MemoryFallback) async -> Bool {
        do {
            try await begin()
            try await writeBack(fallback)
            try await fallback.end()
            // Lost again meanwhile: nobody else would notice.
            if !fallback.mode.isConnected { fallBackLater("the connection was lost again") }
            // What was changed while the first part was written.
            try await writeBack(fallback)
            try await follower.reload()
            guard !fallback.mode.usesMemory else { return false }
            guard let written = fallback.settle() else { return true }
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
    private func writeBack(_ fallback: MemoryFallback) async throws {
        let changes = await fallback.takeChanges()
        guard !changes.isEmpty else { return }
        var done: Set<String> = []
        defer { fallback.keep(changes.map(\.name).filter { !done.contains($0) }) }
        for (name, document, base) in changes {
            let isWritten: Bool
            if let document {
                isWritten = try await bring(document, base: base, fallback)
            } else {
                isWritten = try await remove(name, base: base, fallback)
            }
            restorer?.own.wrote(name, document?.configuration)
            // Told one by one: what is not told yet is not done.
            if isWritten { _ = try await pools.changed([(name, nil)], redisRegistry) }
            done.insert(name)
        }
    }

    /// How often a service is looked at again that others change at the same moment.
    private static let mostRaces = 8

    /// - Returns: Whether it was written.
    private func bring(
        _ document: ServiceDocument,
        base: ServiceDocument?,
        _ fallback: MemoryFallback
    ) async throws(QueueError) -> Bool {
        let name = document.name
        // Brought a moment ago, and nobody could be told.
        if let base, base.configuration == document.configuration { return true }
        if let version = try await put(name, document.configuration, over: base?.version ?? 0) {
            fallback.wrote(name, Self.stored(document, document.configuration, version), isNews: true)
            return true
        }
        for _ in 0..<Self.mostRaces {
            guard let present = try await redisRegistry.service(name) else {
                // Only what is absent.
                guard let version = try await put(name, document.configuration, over: 0) else { continue }
                fallback.wrote(name, Self.stored(document, document.configuration, version), isNews: true)
                return true
            }
            if present.configuration == document.configuration {
                fallback.wrote(name, present, isNews: false)
                // Perhaps written by this store a moment ago, and nobody was told.
                return true
            }
            guard let merged = AgentMerge.merge(document, base: base, theirs: present) else {
                logger.warning(
                    "a service was changed in Redis while this store was away from it: what is in Redis stands",
                    metadata: ["service": "\(name)"]
                )
                fallback.wrote(name, present, isNews: false)
                return false
            }
            guard let version = try await put(name, merged.configuration, over: present.version) else { continue }
            fallback.wrote(name, Self.stored(document, merged.configuration, version), isNews: true)
            return true
        }
        throw QueueError(.conflict, "others keep changing '\(name)'")
    }

    /// - Returns: Whether it was removed, or an agent was.
    private func remove(_ name: String, base: ServiceDocument?, _ fallback: MemoryFallback) async throws(QueueError) -> Bool {
        for _ in 0..<Self.mostRaces {
            guard let base, let present = try await redisRegistry.service(name) else {
                fallback.wrote(name, nil, isNews: false)
                return base != nil
            }
            if present.version != base.version {
                guard let merged = AgentMerge.merge(nil, base: base, theirs: present),
                    merged.configuration != present.configuration
                else {
                    fallback.wrote(name, present, isNews: false)
                    return false
                }
                if !merged.isAbandoned {
                    guard let version = try await put(name, merged.configuration, over: present.version) else { continue }
                    fallback.wrote(name, Self.stored(present, merged.configuration, version), isNews: true)
                    return true
                }
            }
            do throws(QueueError) {
                _ = try await redisRegistry.remove(name, expected: present.version)
            } catch {
                guard error.code == .conflict else { throw error }
                continue
            }
            try await buryInRedis(name)
            fallback.wrote(name, nil, isNews: true)
            return true
        }
        throw QueueError(.conflict, "others keep changing '\(name)'")
    }

    /// - Returns: Its version; `nil` where another is there than the expected one.
    private func put(_ name: String, _ configuration: ByteBuffer, over expected: Int) async throws(QueueError) -> Int? {
        do throws(QueueError) {
            return try await redisRegistry.put([(name, configuration, expected)], by: StoreContext.author).first
        } catch {
            guard error.code == .conflict else { throw error }
            return nil
        }
    }

    private static func stored(_ document: ServiceDocument, _ configuration: ByteBuffer, _ version: Int) -> ServiceDocument {
        var document = document
        document.configuration = configuration
        document.version = version
        return document
    }

    /// Adds the stats of calls that ran in memory to those in Redis; also of calls that ended after the return.
    func bringStats() {
        guard let fallback, !fallback.mode.usesMemory, fallback.mode.isConnected, bringing.beginsWhenIdle() else { return }
        Task {
            defer { bringing.end() }
            var counted = await fallback.hub.takeStats()
            let keys = SpaceKeys(space)
            do throws(QueueError) {
                for (tool, stats) in counted.tools {
                    counted.tools[tool] = nil
                    do throws(QueueError) { try await redisRegistry.add(stats, to: keys.stats(toolKey: tool)) } catch {
                        if error.code != .unknown { counted.tools[tool] = stats }
                        throw error
                    }
                }
                for (service, stats) in counted.services {
                    counted.services[service] = nil
                    do throws(QueueError) { try await redisRegistry.add(stats, to: keys.serviceStats(service)) } catch {
                        if error.code != .unknown { counted.services[service] = stats }
                        throw error
                    }
                }
            } catch {
                await fallback.hub.putBack(tools: counted.tools, services: counted.services)
                // Whether it was added is not known; counted once is better than twice.
                guard error.code == .unknown else { return }
                logger.notice("stats of calls that ran in memory may be lost", metadata: ["error": "\(error.message)"])
            }
        }
    }
}
