import Foundation
import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// One service on one worker: keeps a warm session to its server, runs its jobs over it, and says how it is.
///
/// Shares the worker's event loop with the queue and the session, so that a call needs no hop.
actor ServiceHost {
    nonisolated let eventLoop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    nonisolated let service: ServiceID
    let settings: WorkerSettings
    let queue: any WorkQueue
    let registry: any Registry
    let resolver: ServerResolver
    let gate: StartGate
    let logger: Logger

    var status = HostStatus()
    var configuration = ServiceConfiguration()
    /// What an operator has told the service, and the version of the document that said it.
    var hold: ServiceHold?
    var version = 0
    /// What the session was opened with.
    var server: ServerConfiguration?
    /// It must be opened anew: an order came while it was being opened.
    var mustRestart = false
    var session: MCPSession?
    /// Grows with every session, so that events of an earlier one are known as such.
    var generation = 0
    var catalog: ServiceCatalog?
    /// What the server listed last: ``catalog`` may not be published yet.
    var listed: [ListedTool] = []
    var hasListed = false
    var toolGuard = ToolGuard()
    /// Count what was heard of approvals, and of lists that have changed; and of the latter, how many a list was read after.
    var pinNotices = 0
    var listNotices = 0
    var listRead = 0
    /// Calls that wait for the list.
    var awaitingList: [EntryID] = []
    /// The tools of which answers are used again.
    var reuse: [String: Reuse] = [:]
    var shared = SharedAnswers()
    /// Calls that nobody waits for, and whose answers are to be kept.
    var keeping: [EntryID: SharedAnswers.Key] = [:]
    var running: [EntryID: RunningCall] = [:]
    var ownSessions = OwnSessions()
    var isStopping = false
    var stderr: [String] = []
    /// The session whose start the lines are of.
    var stderrGeneration = 0
    var lastCheck: String?
    var latency: Int?
    /// The ids of this worker under which its view may be in the state of the service.
    private var publishedAs: Set<String> = []
    /// Why calls are held back or refused on all workers.
    var brake: ServiceBrake?
    var brakeTimer: Scheduled<Void>?
    /// It is shown that its time is over.
    var isShownOverdue = false
    /// A brake of this worker is being written.
    var isBraking = false
    /// What is to be written after it.
    var nextBrake: (brake: ServiceBrake?, milliseconds: Int)?
    /// It was changed by somebody meanwhile.
    var mustReadBrake = false
    /// Times in a row that the server has asked for fewer calls.
    var slowTimes = 0
    /// Calls in a row that failed on their way, and starts of a session in a row.
    var (failures, failedStarts) = (0, 0)
    /// Since when calls are tried, in milliseconds by Redis' clock.
    var probingSince = 0
    private var life: Task<Void, Never>?
    /// ``life`` is over because the service was removed.
    private var hasEnded = false
    /// Ends the wait before the next start.
    private var wake: CheckedContinuation<Void, Never>?
    private var wakeTimer: Scheduled<Void>?
    private var publishing: Task<Void, Never>?
    private var needsPublishing = false
    /// Its state is taken back: it is not published any more.
    private var isGone = false
    /// Resumed when nothing runs any more.
    private var idle: [CheckedContinuation<Void, Never>] = []

    init(
        _ service: ServiceID,
        settings: WorkerSettings,
        queue: any WorkQueue,
        resolver: ServerResolver,
        gate: StartGate,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.service = service
        self.settings = settings
        self.queue = queue
        self.registry = queue.registry(of: service.space)
        self.resolver = resolver
        self.gate = gate
        self.eventLoop = eventLoop
        var logger = logger
        logger[metadataKey: "service"] = "\(service)"
        self.logger = logger
    }

    func start() {
        guard life == nil, !isStopping else { return }
        publish()
        life = Task { await self.live() }
    }

    /// Opens sessions, one after another, until the service is taken away.
    private func live() async {
        while !isStopping, !Task.isCancelled {
            do {
                // Before the reading: a change after it is not overlooked.
                mustRestart = false
                let document = try await registry.service(service.name)
                guard let document else {
                    logger.info("the service was removed")
                    hasEnded = true
                    return
                }
                if try ServiceConfiguration(document).disabled == true {
                    // Coordinators place no such service; a store in memory has none.
                    status.disabled()
                    if !isStopping, !mustRestart { await pause(60_000) }
                    continue
                }
                let closed = try await serve(document)
                if isStopping { break }
                if mustRestart { continue }
                await pause(status.failed(closed, jitter: .random(in: 0...1)))
            } catch {
                if isStopping { break }
                if mustRestart { continue }
                let message = Self.message(error)
                logger.warning("cannot run the service", metadata: ["error": "\(message)"])
                var wait = status.failed(message, jitter: .random(in: 0...1))
                if let error = error as? MCPError {
                    watchCircuit(.failed(error), isCall: false)
                    if let time = error.retryAfter { wait = max(wait, Int(min(time, Self.longestSlow) / .milliseconds(1))) }
                }
                await pause(wait)
            }
        }
    }

    static func message(_ error: any Error) -> String {
        if let error = error as? MCPError { return error.message }
        return "\(error)"
    }

    /// Waits before the next start; ``restart()`` and ``stop()`` end the wait.
    private func pause(_ milliseconds: Int) async {
        publish()
        await withCheckedContinuation { continuation in
            wake = continuation
            wakeTimer = eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) { [weak self] in
                self?.assumeIsolated { $0.resume() }
            }
        }
    }

    private func resume() {
        wakeTimer?.cancel()
        wakeTimer = nil
        wake?.resume()
        wake = nil
    }

    // MARK: Orders

    /// Drops the session; a new one is opened at once with the configuration as it is stored now.
    func restart(_ reason: String) {
        status = HostStatus()
        mustRestart = true
        if let session {
            Task { await session.close(reason: MCPError(.closed, reason)) }
        } else {
            resume()
        }
        // It may have ended because the service was gone for a while.
        if hasEnded, !isStopping {
            hasEnded = false
            life = Task { await self.live() }
        }
    }

    /// The stored configuration changed.
    func configurationChanged() async {
        do {
            guard let document = try await registry.service(service.name) else { return }
            // Of two changes in a row the first may be read last.
            guard learn(document) else { return }
            let changed = try ServiceConfiguration(document)
            let isSame = try server != nil && changed.disabled != true && resolver.resolve(changed, in: service.space) == server
            // Answers of another server, or of another account, are none of this one.
            if !isSame {
                releaseBrake()
                shared.forget()
            }
            if isSame, session != nil {
                // The session is the same; only how it is used has changed.
                let offers = (configuration.includeTools, configuration.excludeTools)
                configuration = changed
                learnReuse()
                if let session, offers != (changed.includeTools, changed.excludeTools) { await reload(session) }
                if !isStopping { await openLanes() }
                return
            }
        } catch {
            logger.debug("cannot use the changed configuration", metadata: ["error": "\(Self.message(error))"])
        }
        restart("its configuration was changed")
    }

    /// Takes no more jobs, lets the running ones finish for at most `grace`, and closes the session.
    func stop(grace: Duration) async {
        guard !isStopping else { return }
        isStopping = true
        status.stopping()
        publish()
        // A server that is still being started is not waited for.
        if session == nil { life?.cancel() }
        brakeTimer?.cancel()
        await queue.close(service)
        await finish(grace)
        giveBack("the worker was stopped", countsAttempt: false, all: true)
        if let session { await session.close(reason: MCPError(.closed, "the service is being stopped")) }
        await ownSessionsAreGone()
        resume()
        await life?.value
        // What is still being written would come after the state was taken back.
        isGone = true
        await publishing?.value
        await takeBackViews(of: publishedAs.union([queue.workerID]))
    }

    private func takeBackViews(of workers: Set<String>) async {
        for worker in workers {
            do throws(QueueError) {
                try await registry.publish(nil, of: service.name, worker: worker)
                publishedAs.remove(worker)
            } catch {
                logger.debug("the state of the service was not taken back", metadata: ["error": "\(error.message)"])
            }
        }
    }

    /// What runs gets no more time than that, however much it was given by ``stop(grace:)``.
    func shorten(to grace: Duration) {
        eventLoop.scheduleTask(in: TimeAmount(grace)) { [weak self] in self?.assumeIsolated { $0.becameIdle() } }
    }

    /// Notes what an operator has told the service.
    ///
    /// - Returns: Whether the document is not older than what is known.
    func learn(_ document: ServiceDocument) -> Bool {
        guard document.version >= version else { return false }
        version = document.version
        hold = document.hold
        return true
    }

    /// Fetches jobs, unless the service is paused.
    func openLanes() async {
        guard hold != .paused, !isStopping else { return await queue.close(service) }
        switch brake?.kind {
        // Whoever calls is told at once.
        case .open: await queue.open(service, limit: concurrency)
        case .slow: await queue.close(service)
        case .probing where brake?.worker == queue.workerID && session != nil: await queue.open(service, limit: 1)
        case .probing: await queue.close(service)
        case nil where session != nil: await queue.open(service, limit: concurrency, limits: configuration.clusterLimits)
        case nil: await queue.close(service)
        }
    }

    private func finish(_ grace: Duration) async {
        guard !running.isEmpty else { return }
        let limit = TimeAmount(grace)
        let timer = eventLoop.scheduleTask(in: limit) { [weak self] in self?.assumeIsolated { $0.becameIdle() } }
        await withCheckedContinuation { idle.append($0) }
        timer.cancel()
    }

    func becameIdle() {
        for waiter in idle { waiter.resume() }
        idle = []
    }

    // MARK: State

    /// Publishes how the service is; bursts are written once.
    func publish() {
        needsPublishing = true
        guard publishing == nil, !isGone else { return }
        publishing = Task {
            while needsPublishing {
                needsPublishing = false
                await publishNow()
            }
            publishing = nil
        }
    }

    private func publishNow() async {
        let worker = queue.workerID
        guard !worker.isEmpty else { return }
        let view = ServiceView(
            status: brake.map { $0.kind == .slow ? ServiceStatus.worse(status.status, .warning) : .unreachable } ?? status.status,
            reason: brake.map(shown) ?? status.reason,
            error: status.error,
            stderr: stderr.isEmpty ? nil : stderr,
            checked: lastCheck,
            latency_us: latency,
            pool: settings.options.pool.description,
            ring: await queue.watchesAll ? nil : true,
            starts: status.starts
        )
        publishedAs.insert(worker)
        do {
            try await registry.publish(view, of: service.name, worker: worker)
        } catch {
            return logger.debug("the state of the service was not published", metadata: ["error": "\(error.message)"])
        }
        // What was written under an id whose lease has run out may have come after others had taken that away.
        if publishedAs.count > 1 { await takeBackViews(of: publishedAs.subtracting([worker])) }
    }

    /// The service was placed here although it is here: what was published of it may be gone.
    func placedAgain() async {
        if hasEnded { restart("it was placed again") } else { await registeredAnew() }
    }

    /// The worker registered under a new id: lanes and state are written again under it, and before them the tools, which may
    /// have been deleted together with the lease.
    func registeredAnew() async {
        // Where the data was deleted, versions begin anew: what is written then must not pass for older.
        version = 0
        if let catalog, session != nil {
            do {
                _ = try await registry.publish(catalog.listings, of: service.name, cache: catalog.cache, hash: catalog.hash)
            } catch {
                logger.debug("the tools of the service were not published", metadata: ["error": "\(error.message)"])
            }
        }
        publish()
        if session != nil, !isStopping { await openLanes() }
    }

    var concurrency: Int {
        (configuration.concurrency ?? ServiceConfiguration.defaultConcurrency).clamped(
            to: ServiceConfiguration.allowedConcurrency
        )
    }
}
