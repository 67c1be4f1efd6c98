import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// The life of one session.
extension ServiceHost {
    /// Opens a session, serves jobs over it until it ends.
    ///
    /// - Returns: Why it ended.
    func serve(_ document: ServiceDocument) async throws -> String {
        configuration = try ServiceConfiguration(document)
        _ = learn(document)
        let server = try resolver.resolve(configuration, in: service.space)
        self.server = server
        // What another session answered, with another configuration perhaps, is none of this one.
        shared.forget()
        generation += 1
        let generation = generation
        status.starting(Self.describe(configuration))
        publish()

        let (events, closed) = AsyncStream<SessionEvent>.makeStream(bufferingPolicy: .bufferingNewest(64))
        let opened = try await gate.pass { try await self.open(server, generation, closed) }
        session = opened
        defer { session = nil }
        guard !isStopping, !mustRestart else {
            await opened.close(reason: MCPError(.closed, "it was told to start anew while it started"))
            return "it was told to start anew"
        }
        failedStarts = 0
        await readBrake()
        logger.info(
            "the service is ready",
            metadata: ["tools": "\(catalog?.tools.count ?? 0)", "protocol": "\(opened.revision.rawValue)"]
        )

        var reason = "the session ended"
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepChecking(opened) }
            for await event in events {
                switch event {
                case .closed(let error): reason = error.message
                case .listChanged: await reload(opened, isChange: true)
                case .log, .standardError: break
                }
            }
            group.cancelAll()
        }
        session = nil
        await openLanes()
        releaseParked()
        if !isStopping {
            logger.warning("the session to the service ended", metadata: ["error": "\(reason)"])
            stderr = Array(opened.recentStandardError.suffix(20))
        }
        return reason
    }

    private func open(
        _ server: ServerConfiguration,
        _ generation: Int,
        _ events: AsyncStream<SessionEvent>.Continuation
    ) async throws -> MCPSession {
        do {
            let session = try await MCPSession.open(
                server,
                eventLoop: eventLoop,
                clientInfo: settings.clientInfo,
                limits: settings.limits,
                logger: logger
            ) { [weak self] event in
                self?.assumeIsolated { $0.received(event, generation, events) }
            }
            try await load(session)
            return session
        } catch {
            // What this server wrote, and no more what the one before it did.
            let detail = (error as? MCPError)?.detail ?? ""
            stderr = detail.split(separator: "\n").suffix(20).map(String.init)
            throw error
        }
    }

    /// On the event loop.
    private func received(_ event: SessionEvent, _ generation: Int, _ events: AsyncStream<SessionEvent>.Continuation) {
        switch event {
        case .standardError(let line):
            guard generation == self.generation, session == nil else { return }
            // While it starts: what a person who waits wants to see.
            // Until it writes, the lines are those of the last start that failed.
            if stderrGeneration != generation { stderr = [] }
            stderrGeneration = generation
            stderr.append(line)
            if stderr.count > 20 { stderr.removeFirst(stderr.count - 20) }
            publish()
        case .closed:
            // At once, before any caller's retry: no job is fetched for a session that is gone.
            events.yield(event)
            events.finish()
        case .listChanged(let kind):
            if kind == .tools { toolsMayHaveChanged() }
            events.yield(event)
        case .log:
            // Nobody asks for it here, and many of them must not take the place of what counts.
            break
        }
    }

    /// Publishing is one script in Redis, which must not be long.
    private static let mostTools = 2000

    /// Reads what the server offers and publishes it.
    private func load(_ session: MCPSession) async throws {
        let notices = listNotices
        let tools = try await session.listTools().filter { configuration.offers($0.name) }
        if tools != listed { shared.forget() }
        (listed, hasListed) = (tools, true)
        // Before anything of it is published, and called.
        try await guardTools()
        learnReuse()
        listWasRead(notices)
        let catalog = ServiceCatalog(
            service: service.name,
            session: session,
            tools: tools,
            resources: try await session.listResources(),
            templates: try await session.listResourceTemplates(),
            prompts: try await session.listPrompts()
        )
        let keys = try await registry.publish(catalog.listings, of: service.name, cache: catalog.cache, hash: catalog.hash)
        guard keys != nil else { throw QueueError(.rejected, "the service was removed") }
        self.catalog = catalog
        lastCheck = ISO8601.now()
        stderr = []
        status.ready(catalog.tools.count)
        status.holds(toolGuard.held, of: catalog.tools.count)
        publish()
    }

    /// - Parameter isChange: The server said that it offers something else.
    func reload(_ session: MCPSession, isChange: Bool = false) async {
        do {
            try await load(session)
        } catch {
            logger.warning("cannot read the changed lists of the service", metadata: ["error": "\(Self.message(error))"])
            // What it offers now nobody knows, so nothing of it may be called.
            guard isChange, toolGuard.mode == .enforce else { return }
            await session.close(reason: MCPError(.closed, "its changed list of tools could not be read: \(Self.message(error))"))
        }
    }

    /// Checks the server's health once every interval.
    private func keepChecking(_ session: MCPSession) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.healthInterval) } catch { return }
            let sent = ServerClock.boot()
            var failure: String?
            do {
                try await session.ping(timeout: min(settings.healthInterval, .seconds(10)))
                latency = ServerClock.boot() - sent
                lastCheck = ISO8601.now()
            } catch {
                if Task.isCancelled { return }
                failure = error.message
            }
            let givesUp = status.checked(failure)
            publish()
            // Not every server says that its tools have changed.
            if failure == nil, toolGuard.mode != .off { await lookAgain(session) }
            if givesUp {
                await session.close(reason: MCPError(.closed, "it did not answer \(HostStatus.sickAfter) health checks"))
            }
        }
    }

    /// Reads the tools again, and all lists where they are others.
    private func lookAgain(_ session: MCPSession) async {
        do {
            let notices = listNotices
            let tools = try await session.listTools().filter { configuration.offers($0.name) }
            guard !Task.isCancelled else { return }
            guard tools != listed else { return listWasRead(notices) }
            await reload(session, isChange: true)
        } catch {
            logger.debug("cannot look at the tools again", metadata: ["error": "\(error.message)"])
        }
    }

    /// What is started, for a person, as it is stored: references are not resolved.
    private static func describe(_ configuration: ServiceConfiguration) -> String {
        configuration.command.map { "'\($0)'" } ?? "the connection to its URL"
    }
}
