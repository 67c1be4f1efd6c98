import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore

/// The caller's side of the queue over Redis: submits jobs of one space and resumes their callers when the outcome arrives
/// in this process' inbox.
package final class RedisJobQueue: JobQueue, Sendable {
    /// What the queue asks about a service, from the registry's snapshot.
    package struct ServiceHint: Sendable {
        /// The pool whose workers host it, if any does.
        package var pool: Pool?
        /// Workers that may have to be woken for its lanes.
        package var workers: [String]
        /// What is said of it when a call ends without an answer.
        package var condition: ServiceCondition

        package init(pool: Pool?, workers: [String], condition: ServiceCondition = .good) {
            self.pool = pool
            self.workers = workers
            self.condition = condition
        }
    }

    /// Gets the one outcome of a job, or why there is none.
    package typealias Completion = @Sendable (Result<Outcome, QueueError>) -> Void

    package let caller: String
    package let space: Space
    let keys: SpaceKeys
    let client: RedisClient
    let clock: ServerClock
    let eventLoop: any EventLoop
    let logger: Logger
    let socketTimeout: Duration
    let limits: CallerLimits
    let hint: @Sendable (String) -> ServiceHint
    let batcher: SettleBatcher
    /// Where the URL asks for replicas: which submissions they have confirmed.
    let barrier: ReplicaBarrier?
    let waiters = NIOLockedValueBox(Waiters())
    let lanes = NIOLockedValueBox(LaneGauges())
    /// All lanes of the space together; only where that is limited.
    let depth = NIOLockedValueBox(Depth())
    let services: @Sendable () -> [String]
    let inbox: Inbox
    /// What an operator says of the tenant: it is asked for now and then.
    let tenantLimit: TenantQueueLimit?
    private let records = NIOLockedValueBox(RecordsInUse())
    private let sequence = NIOLockedValueBox(0)
    private let connection = NIOLockedValueBox<RedisServerIdentity?>(nil)

    /// - Parameters:
    ///   - client: The multiplexed connection. Its `.connected` events must be passed to ``connected(_:)``.
    ///   - reader: Reads the inbox, beside other streams.
    ///   - tenants: The pool whose operators may limit what the tenant queues; `nil`: nobody may.
    ///   - hint: What is known of a service now.
    ///   - services: The names of all services of the space; for ``CallerLimits/queuedPerSpace``.
    package init(
        space: Space,
        caller: String,
        client: RedisClient,
        reader: StreamReader,
        clock: ServerClock,
        socketTimeout: Duration,
        limits: CallerLimits = .init(),
        tenants: Pool? = nil,
        eventLoop: any EventLoop,
        logger: Logger,
        services: @escaping @Sendable () -> [String] = { [] },
        hint: @escaping @Sendable (String) -> ServiceHint
    ) {
        self.space = space
        self.caller = caller
        self.keys = SpaceKeys(space)
        self.client = client
        self.clock = clock
        self.eventLoop = eventLoop
        self.logger = logger
        self.socketTimeout = socketTimeout
        self.limits = limits
        self.hint = hint
        self.services = services
        tenantLimit = tenants.map { TenantQueueLimit(namespace: space.namespace, pool: $0, client: client) }
        let barrier = ReplicaBarrier(client, pace: .atOnce, logger: logger)
        self.barrier = barrier
        self.batcher = SettleBatcher(
            space: space,
            client: client,
            clock: clock,
            eventLoop: eventLoop,
            logger: logger,
            barrier: barrier
        )
        self.inbox = Inbox(key: keys.inbox(caller), client: client, reader: reader, logger: logger)
    }

    package var now: Int { clock.now() }

    package func makeJobID() -> String {
        let number = sequence.withLockedValue { number in
            number += 1
            return number
        }
        return caller + "-" + String(number, radix: 36)
    }

    /// Opens the inbox; nothing may be submitted before.
    ///
    /// - Parameter dataWasLost: Runs when the inbox was deleted under us, and with it perhaps everything else.
    /// - Throws: ``QueueError`` (`redis`).
    package func open(dataWasLost: (@Sendable () -> Void)? = nil) async throws(QueueError) {
        tenantLimit?.read()
        try await inbox.open { [weak self] entries in
            self?.received(entries)
        } recreated: { [weak self] in
            self?.inboxWasLost()
            dataWasLost?()
        }
    }

    /// Deletes the inbox and ends every waiting caller.
    package func close() async {
        for waiter in waiters.withLockedValue({ $0.takeAll() }) {
            waiter.completion(.failure(QueueError(.stopped, "the store was closed while the call was in flight")))
        }
        await inbox.close()
    }

    /// Redis is away: gives up the wait for jobs that may run twice, so that they can be run elsewhere. Their callers get
    /// `abandoned`; all others go on waiting.
    func abandonHarmless() {
        let abandoned = waiters.withLockedValue { $0.takeAll { $0.isHarmless && $0.ending == nil } }
        for waiter in abandoned {
            waiter.completion(.failure(QueueError(.abandoned, "Redis is away: the call is run elsewhere")))
        }
    }

    /// To be called about once a second: keeps the inbox.
    package func tick() {
        inbox.renew(isWaiting: waiters.withLockedValue { $0.count > 0 })
        readRecords()
        tenantLimit?.tick()
    }

    /// Makes the inbox anew where it is gone; what was waited for then ends.
    package func renewInbox() {
        inbox.renew(isWaiting: true, now: true)
    }

    /// The connection is back: jobs whose submission was in doubt are looked for.
    package func connected(_ identity: RedisServerIdentity, isNewServer: Bool) {
        let follows = client.configuration.followsMaster
        // A master that was demoted and promoted again has the same run id, and may have lost what it had.
        let isNewServer = isNewServer || (follows && identity.generation > 1)
        if isNewServer {
            waiters.withLockedValue { waiters in
                waiters.serverChanged(
                    isConfirmed: { barrier?.isConfirmed($0) ?? false },
                    remembersStarts: follows ? barrier != nil : nil
                )
            }
            clock.serverChanged()
            batcher.replay()
        }
        barrier?.connectionChanged()
        // What was written to the old connection and not read yet must not be executed behind our back: it is ended before
        // anything is looked for. Ids of another server process mean other connections.
        let old = connection.withLockedValue { connection in
            defer { connection = identity }
            return connection
        }
        if let old, let clientID = old.clientID, old.runID != nil, old.runID == identity.runID, clientID != identity.clientID {
            client.send(RedisCommand("CLIENT", "KILL", "ID", String(clientID))) { _ in }
        }
        inbox.renew(isWaiting: true, now: true)
        for waiter in waiters.withLockedValue({ $0.inDoubt }) {
            // With an idempotency key it may be submitted again, and so may a replay, unless its wait is over.
            if waiter.ending != nil || waiter.job.record.isEmpty || waiter.job.isTask {
                find(waiter.job)
            } else if waiter.job.deadLetter.isEmpty {
                submitRecorded(waiter.job)
            } else {
                submitReplay(waiter.job)
            }
        }
        if isNewServer { verifyAccepted() }
    }

    package func submit(_ job: Job, onProgress: (@Sendable (ByteBuffer) -> Void)? = nil) async throws(QueueError) -> Outcome {
        // What is refused anyway needs no place.
        let reserved = spaceLimit == nil || refusal(job) != nil ? 0 : try await reserve()
        let result: Result<Outcome, QueueError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                send(job, onProgress: onProgress) { continuation.resume(returning: $0) }
                sent(reserved)
            }
        } onCancel: {
            end(job.id, as: .cancelled)
        }
        return try result.get()
    }

    /// The same without a task, and without a look at the limit of the space; `completion` runs exactly once.
    package func send(_ job: Job, onProgress: (@Sendable (ByteBuffer) -> Void)? = nil, completion: @escaping Completion) {
        let isHarmless = job.mayRunAgain
        let job = job.idempotency.isEmpty ? job : job.recorded()
        if let refusal = refusal(job) {
            // A lane that was full is asked again: it drains while its callers are refused.
            if refusal.code == .busy { gauge(job.laneID, submits: false) }
            return completion(.failure(refusal))
        }
        let now = ServerClock.boot()
        inbox.expect(now: now)
        let deadline = now + job.timeout * 1000
        let startBy = job.waitLimit > 0 && job.waitLimit < job.timeout ? now + job.waitLimit * 1000 : nil
        let first = startBy ?? deadline
        let setsTimer = waiters.withLockedValue { waiters in
            waiters.register(
                .init(
                    job: job,
                    isHarmless: isHarmless,
                    deadline: deadline,
                    startBy: startBy,
                    onProgress: onProgress,
                    completion: completion
                )
            )
            return waiters.needsTimer(for: first)
        }
        if setsTimer { setTimer(first) }
        // A task that was cancelled before its job was registered.
        if Task.isCancelled, let waiter = waiters.withLockedValue({ $0.take(job.id) }) {
            return waiter.completion(.failure(QueueError(.notAccepted, "the call was cancelled before it was queued")))
        }
        if !job.idempotency.isEmpty || job.isTask {
            keepRecord(of: job)
            submitRecorded(job)
            return gauge(job.laneID)
        }
        client.send(Self.submission(of: job)) { self.submitted(job.id, $0) }
        if let barrier {
            let ticket = barrier.ticket()
            waiters.withLockedValue { $0.setTicket(ticket, of: job.id) }
        }
        gauge(job.laneID)
    }

    /// The `XADD` that submits a job; its reply is nil where there is no such lane.
    package static func submission(of job: Job) -> RedisCommand {
        var command = RedisCommand("XADD", argumentCapacity: 384 + job.parameters.readableBytes)
        command.append(job.laneID.key)
        command.append("NOMKSTREAM")
        command.append("*")
        JobFields.append(job, to: &command)
        return command
    }

    /// The keys of the records that must be kept with the others of an `auto` dataspace.
    package func recordsInUse() -> [String] {
        records.withLockedValue { $0.all(now: ServerClock.boot()) }.map(keys.record)
    }

    func keepRecord(of job: Job) {
        guard space.isAuto else { return }
        let now = ServerClock.boot()
        let end = now + (job.timeout + job.retention) * 1000
        records.withLockedValue { $0.use(job.record, until: end, now: now) }
    }

    private func refusal(_ job: Job) -> QueueError? {
        let (count, bytes) = waiters.withLockedValue { ($0.count, $0.bytes) }
        let size = job.parameters.readableBytes
        if size > limits.largestParameters { return .tooLarge(size, limits) }
        if count >= limits.jobsInFlight || bytes + size > limits.bytesInFlight { return .inFlight(count) }
        let limit = laneLimit(job)
        let queued = lanes.withLockedValue { $0.length(job.laneID, now: ServerClock.boot()) }
        return queued >= limit ? .queued(queued, job.service.name, retryAfter: retryAfter(job)) : nil
    }

    /// Entries of its lane above which a job is refused.
    func laneLimit(_ job: Job) -> Int { job.queueLimit > 0 ? min(job.queueLimit, limits.queuedPerLane) : limits.queuedPerLane }

    /// In how many milliseconds there may be room for a job that was refused.
    func retryAfter(_ job: Job) -> Int { lanes.withLockedValue { $0.retryAfter(job.laneID, limit: laneLimit(job)) } }

    /// Asks for the length of a lane, at most every 100 ms and in the shadow of a submission.
    ///
    /// - Parameter submits: Whether a job was submitted, not refused.
    private func gauge(_ lane: LaneID, submits: Bool = true) {
        let now = ServerClock.boot()
        let (wasCold, asks) = lanes.withLockedValue { ($0.use(lane, now: now, submits: submits), $0.shouldAsk(lane, now: now)) }
        if wasCold { wake(lane) }
        guard asks else { return }
        client.send(RedisCommand("XLEN", lane.key)) { result in
            if case .success(let reply) = result, let length = reply.integer {
                let now = ServerClock.boot()
                self.lanes.withLockedValue { $0.set(lane, length: length, now: now) }
            }
        }
    }

    private func submitted(_ id: String, _ result: Result<RESPReply, RedisError>) {
        switch result {
        case .success(let reply):
            if reply.kind == .string { return accepted(id, reply.withView { EntryID($0.bytes, in: nil) }) }
            // Nothing but nil says that there is no lane. Whatever else Redis may say, the job may be there: in doubt.
            guard reply.isNull else { return isInDoubt(id) }
            if let job = waiters.withLockedValue({ $0[id]?.job }) { submitAnew(job) }
        case .failure(let error) where error.mayHaveExecuted:
            isInDoubt(id)
        case .failure(let error):
            fail(id, QueueError(.notAccepted, "the call was not queued: \(error.message)"))
        }
    }

    /// In doubt: never sent again. It is looked for, at the latest once the connection is back.
    private func isInDoubt(_ id: String) {
        waiters.withLockedValue { _ = $0.setPhase(.inDoubt, of: id) }
        if client.isConnected, let job = waiters.withLockedValue({ $0[id]?.job }) { find(job) }
    }

    /// There was no stream: the first call of this service, or its keys were deleted.
    private func submitAnew(_ job: Job) {
        let service = job.service.name
        let arguments: [RedisArgument] = [.string(JobGroup.name)] + JobFields.arguments(job)
        client.send(Scripts.submit, keys: [keys.config(service), keys.jobs(service, job.lane)], arguments: arguments) { result in
            if case .success(let reply) = result, reply.isNull {
                let message =
                    "there is no service '\(service)' in \(self.space): it was removed, or the data of the space was deleted"
                // If it was deleted, so was the inbox: it is looked at now.
                self.renewInbox()
                return self.fail(job.id, QueueError(.rejected, message))
            }
            if case .failure(let error) = result, error.code == .server {
                // The entry is the last thing that the script writes: an error means that there is none.
                return self.fail(job.id, QueueError(.notAccepted, "the call was not queued: \(error.message)"))
            }
            self.submitted(job.id, result)
        }
    }

    func accepted(_ id: String, _ entry: EntryID) {
        let ending = waiters.withLockedValue { $0.setPhase(.accepted(entry), of: id) }
        if let barrier { confirm(id, barrier) }
        // It was given up before its place was known.
        if let ending { settleEnding(id, as: ending) }
    }

    func fail(_ id: String, _ error: QueueError) {
        waiters.withLockedValue { $0.take(id) }?.completion(.failure(error))
    }
}
