import Logging
import MCPStoreProtocol
import MCPStoreQueue
import NIOCore
import ServiceLifecycle

/// A worker process: registers with its pool, hosts the services that are placed on it, runs their jobs, and drains when it
/// is told to stop.
///
/// Everything of a worker happens on one event loop: queue, sessions and calls.
package actor Worker: Service {
    nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    let settings: WorkerSettings
    let logger: Logger
    let queue: any WorkQueue
    private let resolver: ServerResolver
    private let gate: StartGate
    private var hosts: [ServiceID: ServiceHost] = [:]
    /// Hosts that were taken away and finish what they run.
    private var leaving: [ServiceID: (host: ServiceHost, end: Task<Void, Never>)] = [:]
    /// Spaces whose changes are followed.
    private var spaces: Set<Space> = []
    /// Services that it hosts and that were not placed on it when that was last looked at.
    private var missing: Set<ServiceID> = []
    private var isStopping = false
    /// An operator has told it to take no new jobs.
    private var isResting = false
    /// No call has a later deadline.
    private static let longestCall = Duration.seconds(7 * 86_400)
    private let stopRequest: AsyncStream<Void>
    private let requestStop: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - queue: Where its jobs come from; it must call its handlers on `eventLoop`.
    package init(queue: any WorkQueue, settings: WorkerSettings, eventLoop: any EventLoop, logger: Logger) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.logger = logger
        self.queue = queue
        resolver = ServerResolver(variables: VariableResolver(variables: settings.variables), policy: settings.policy)
        gate = StartGate(limit: settings.startsAtOnce)
        (stopRequest, requestStop) = AsyncStream.makeStream()
    }

    /// Whether it really consumes.
    package var isReady: Bool { get async { await queue.isReady } }
    package nonisolated var workerID: String { queue.workerID }
    /// Jobs that it has now, and services that it hosts.
    package var load: (jobs: Int, services: Int) { get async { (await queue.running, hosts.count) } }

    /// Works until the task is cancelled or the process is told to stop; then drains.
    package func run() async throws {
        let connections = Task { await queue.run() }
        defer { connections.cancel() }
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await work()
            } onCancel: {
                requestStop.finish()
            }
        } onGracefulShutdown: {
            self.requestStop.finish()
        }
        // Shielded: what runs is finished and settled even if this task was cancelled.
        await Task { await self.drain() }.value
    }

    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            let stop = stopRequest
            group.addTask { for await _ in stop {} }
            group.addTask {
                await self.connect()
                await self.keepReconciling()
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Registers; says clearly what is wrong and tries again for as long as it takes.
    private func connect() async {
        let handlers = WorkQueueHandlers(
            start: { [weak self] delivery in self?.assumeIsolated { $0.run(delivery) } },
            cancel: { [weak self] entry in self?.assumeIsolated { $0.cancel(entry) } },
            control: { [weak self] message in self?.assumeIsolated { $0.received(message) } },
            leaseLost: { [weak self] origin in self?.assumeIsolated { $0.lostLease(origin) } },
            registered: { [weak self] id in self?.assumeIsolated { $0.registered(id) } },
            mustBeRung: { [weak self] in
                self?.assumeIsolated { worker in for host in worker.hosts.values { host.assumeIsolated { $0.publish() } } }
            }
        )
        var lastMessage = ""
        while !Task.isCancelled {
            do throws(QueueError) {
                return try await queue.start(handlers)
            } catch {
                // Who stops a worker before it has started sees no error of it: this one is only the end of its wait.
                if Task.isCancelled { return }
                if error.message != lastMessage { logger.error("the worker cannot start yet, it keeps trying: \(error.message)") }
                lastMessage = error.message
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    // MARK: Placement

    /// Compares what it hosts with what is placed on it once a minute: a lost order is made good.
    private func keepReconciling() async {
        while !Task.isCancelled {
            await reconcile()
            do { try await Task.sleep(for: missing.isEmpty ? .seconds(60) : .seconds(10)) } catch { return }
        }
    }

    private func reconcile() async {
        guard !queue.workerID.isEmpty, !isStopping else { return }
        do {
            let placed = Set(try await queue.placedServices())
            for service in placed where hosts[service] == nil { host(service) }
            // One that has just registered under a new id is given its services again in a moment: only what is missing at two
            // looks was taken away.
            let absent = Set(hosts.keys).subtracting(placed)
            for service in absent where missing.contains(service) { unhost(service) }
            missing = absent.subtracting(missing)
        } catch {
            logger.debug("cannot read what is placed on this worker", metadata: ["error": "\(error)"])
        }
    }

    private func host(_ service: ServiceID) {
        guard hosts[service] == nil, !isStopping, settings.options.spaces.contains(where: { $0.matches(service.space) }) else {
            return
        }
        logger.info("hosting a service", metadata: ["service": "\(service)"])
        let host = ServiceHost(
            service,
            settings: settings,
            queue: queue,
            resolver: resolver,
            gate: gate,
            eventLoop: eventLoop,
            logger: logger
        )
        hosts[service] = host
        follow(service.space)
        // The one before it must be gone: it would close the lanes, and take back the state, of this one.
        let before = leaving[service]?.end
        Task {
            await before?.value
            await host.start()
        }
    }

    private func unhost(_ service: ServiceID) {
        guard let host = hosts.removeValue(forKey: service) else { return }
        logger.info("a service was taken from this worker", metadata: ["service": "\(service)"])
        let before = leaving[service]?.end
        // Whoever empties a worker wants no call to end before its answer or its own deadline.
        let grace = isResting ? Self.longestCall : settings.drainGrace
        let end = Task {
            await before?.value
            await host.stop(grace: grace)
            if leaving[service]?.host === host { leaving[service] = nil }
        }
        leaving[service] = (host, end)
    }

    private var allHosts: [ServiceHost] { Array(hosts.values) + leaving.values.map(\.host) }

    /// Follows the changes of a space, so that a changed configuration takes effect at once.
    private func follow(_ space: Space) {
        guard spaces.insert(space).inserted else { return }
        queue.follow(
            space,
            onChange: { [weak self] service in self?.assumeIsolated { $0.configurationChanged(service) } },
            onBrake: { [weak self] service in self?.assumeIsolated { $0.brakeChanged(service) } },
            onPins: { [weak self] service in self?.assumeIsolated { $0.pinsChanged(service, in: space) } }
        )
    }

    private func brakeChanged(_ service: ServiceID) {
        guard let host = hosts[service] else { return }
        Task { await host.readBrake() }
    }

    private func configurationChanged(_ service: ServiceID) {
        guard let host = hosts[service] else { return }
        Task { await host.configurationChanged() }
    }

    /// - Parameter service: `nil` for all of the space.
    private func pinsChanged(_ service: String?, in space: Space) {
        for (id, host) in hosts where id.space == space && (service ?? id.name) == id.name {
            Task { await host.pinsChanged() }
        }
    }

    // MARK: Told by the queue, on the event loop

    private func run(_ delivery: Delivery) {
        guard let host = hosts[delivery.job.service] else {
            let job = delivery.job
            return queue.settle(
                Settlement(delivery, .move(reason: "the service left this worker", attempt: job.attempt, deaths: job.deaths))
            )
        }
        host.assumeIsolated { $0.run(delivery) }
    }

    private func cancel(_ entry: EntryID) {
        for host in allHosts where host.assumeIsolated({ $0.cancel(entry) }) { return }
    }

    private func received(_ message: ControlMessage) {
        switch message {
        case .place(let service):
            // One that it hosts already: the data was deleted, and what it said of the service with it.
            if let host = hosts[service] { Task { await host.placedAgain() } } else { host(service) }
        case .unplace(let service): unhost(service)
        case .restart(let service):
            hosts[service]?.assumeIsolated { host in
                host.releaseBrake()
                host.restart("it was restarted on request")
            }
        case .drain: requestStop.finish()
        case .rest: Task { await rest(true) }
        case .resume: Task { await rest(false) }
        case .cancel, .wake, .tokens: break
        }
    }

    private func rest(_ rests: Bool) async {
        guard rests != isResting, !isStopping else { return }
        isResting = rests
        logger.info(
            rests
                ? "the worker was told to take no new calls: its services move, what runs goes on"
                : "the worker was told to take calls again",
            metadata: ["services": "\(hosts.count)"]
        )
        await queue.rest(rests)
    }

    private func lostLease(_ origin: EntryID.Origin) {
        for host in allHosts {
            host.assumeIsolated { $0.giveBack("the worker lost its lease", countsAttempt: true, all: false, origin: origin) }
        }
    }

    private func registered(_ id: String) {
        for host in hosts.values {
            Task { await host.registeredAnew() }
        }
    }

    // MARK: Stopping

    private func drain() async {
        isStopping = true
        logger.info("the worker drains", metadata: ["services": "\(hosts.count)"])
        await queue.drain()
        await withTaskGroup(of: Void.self) { group in
            for host in hosts.values {
                group.addTask { await host.stop(grace: self.settings.drainGrace) }
            }
            for (host, end) in leaving.values {
                await host.shorten(to: settings.drainGrace)
                group.addTask { await end.value }
            }
        }
        await queue.stop()
        logger.info("the worker has left")
    }
}
