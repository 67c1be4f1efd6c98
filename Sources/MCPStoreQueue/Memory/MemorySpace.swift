import DequeModule
import Logging
import NIOCore

/// One space in the memory of this process: its registry, its lanes, and the callers that wait. What Redis is to the other
/// queue, for stores and workers of one process.
///
/// Everything is confined to one event loop, which is the actor's executor and that of its workers: a submission and what it
/// starts happen in one step, and nothing has to be made good that a connection could lose.
package actor MemorySpace {
    /// Jobs that were given up, for people to look at; the oldest go first.
    static let mostDeadLetters = 1000
    /// What was given back is offered again after this: a session that was lost has closed its lane by then.
    static let pauseBeforeReturn = TimeAmount.milliseconds(2)

    nonisolated let eventLoop: any EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { eventLoop.executor.asUnownedSerialExecutor() }

    package nonisolated let space: Space
    package nonisolated let clock: ServerClock
    let logger: Logger

    var documents = MemoryDocuments()
    /// What holds calls of services back.
    var brakes: [String: ServiceBrake] = [:]
    var lanes = MemoryLanes()
    var records = MemoryRecords()
    var workers: [MemoryWorkQueue] = []
    /// The worker that is asked first next time.
    var turn = 0
    var observers: [@Sendable (RegistryChange) -> Void] = []
    private(set) var deadLetters: Deque<Delivery> = []
    /// Services of the space that workers elsewhere run; see ``load(_:trouble:)``.
    var elsewhere: Set<String> = []
    /// It stands in for Redis: the state of services that run elsewhere; `nil` where there are no others.
    var standsIn: String?
    var timer: Scheduled<Void>?
    /// For when the timer is set.
    var nextDeadline = Int.max

    /// - Parameter eventLoop: That of its workers.
    package init(_ space: Space, eventLoop: any EventLoop, logger: Logger) {
        self.space = space
        self.eventLoop = eventLoop
        self.logger = logger
        clock = ServerClock()
        // From here on monotonic: a wall clock that is set changes no deadline.
        let now = ServerClock.boot()
        clock.measured(server: clock.now(), sent: now, received: now)
    }

    /// Runs `body` on the event loop, behind what was asked for before.
    nonisolated func onLoop(_ body: @escaping @Sendable (isolated MemorySpace) -> Void) {
        eventLoop.execute { self.assumeIsolated { body($0) } }
    }

    // MARK: Jobs

    /// Accepts a job, or refuses it.
    ///
    /// - Parameter longest: Entries of a lane above which it is refused.
    func submit(_ job: Job, longest: Int, waiter: MemoryEntry.Waiter) {
        if !job.record.isEmpty, shares(job, waiter) { return }
        guard documents.services[job.service.name] != nil, job.service.space == space else {
            let message = "there is no service '\(job.service.name)' in \(space): it was removed, or never added"
            return waiter.completion(.failure(QueueError(.rejected, message)))
        }
        let queued = lanes.length(job.laneID)
        guard queued < longest else {
            return waiter.completion(.failure(.queued(queued, job.service.name)))
        }
        if !job.record.isEmpty { records.began(job) }
        let entry = lanes.add(job, at: clock.now() / 1000, waiter: waiter)
        setTimer(entry.due)
        ring(job.laneID)
    }

    /// Ends or moves a job: the one way, and the fence.
    @discardableResult
    func settle(_ settlement: Settlement) -> Settlement.Result {
        guard let entry = lanes.remove(settlement.entry, claims: settlement.claims) else { return .notOurs }
        switch settlement.action {
        case .end(var outcome, let copyToDead):
            if settlement.claims { outcome = Self.claimed(outcome, from: entry) }
            finish(entry, outcome, copyToDead: copyToDead)
            return .ended(owner: settlement.claims ? entry.owner : nil)
        case .move(_, let attempt, let deaths):
            return putBack(entry, attempt, deaths, after: Self.pauseBeforeReturn).map { .moved($0) } ?? .ended(owner: nil)
        case .delay(_, let attempt, let deaths, let due):
            let wait = TimeAmount.microseconds(Int64(max(due * 1000 - clock.now(), 0)))
            return putBack(entry, attempt, deaths, after: wait).map { _ in .delayed } ?? .ended(owner: nil)
        }
    }

    /// Whoever settles what is not his own learns here where it was; the entry knows its attempt.
    private static func claimed(_ outcome: Outcome, from entry: MemoryEntry) -> Outcome {
        var outcome = outcome
        outcome.attempt = entry.delivery.job.attempt
        if outcome.worker.isEmpty { outcome.worker = entry.owner ?? "" }
        var reason = Reason(payload: outcome.payload)
        if reason.phase == nil {
            reason.phase = (entry.owner == nil ? Reason.Phase.waiting : .running).rawValue
            outcome.payload = reason.payload
        }
        return outcome
    }

    /// Its entry was taken out: counts the outcome and tells its caller.
    private func finish(_ entry: MemoryEntry, _ outcome: Outcome, copyToDead: Bool) {
        var outcome = outcome
        if outcome.finished == 0 { outcome.finished = clock.now() }
        let job = entry.delivery.job
        documents.count(outcome, of: job)
        if copyToDead {
            deadLetters.append(entry.delivery)
            if deadLetters.count > Self.mostDeadLetters { deadLetters.removeFirst() }
        }
        buryIfDone(job.service)
        entry.waiter?.completion(.success(outcome))
        guard !job.record.isEmpty else { return }
        for one in records.ended(job, outcome, now: clock.now()) { one.waiter.completion(.success(outcome)) }
    }

    /// - Returns: Its new id; `nil` where its service was removed meanwhile: it has ended.
    private func putBack(_ old: MemoryEntry, _ attempt: Int, _ deaths: Int, after wait: TimeAmount) -> EntryID? {
        let entry = lanes.hold(old, attempt: attempt, deaths: deaths, at: clock.now() / 1000)
        let delivery = entry.delivery
        guard documents.services[delivery.job.service.name] != nil else {
            settle(Settlement(delivery, .end(CallerEnding.removed(delivery.job)), claims: true))
            return nil
        }
        eventLoop.scheduleTask(in: wait) { [weak self] in
            self?.assumeIsolated { hub in
                if hub.lanes.release(delivery.entry) { hub.ring(delivery.job.laneID) }
            }
        }
        return delivery.entry
    }

    func report(_ progress: Progress) {
        lanes.entries[progress.delivery.entry]?.waiter?.onProgress?(progress.payload)
    }

    /// How full lanes are.
    package func depths(_ lanes: [LaneID]) -> [LaneDepth] {
        lanes.map { self.lanes.depth($0, now: clock.now()) }
    }
}
