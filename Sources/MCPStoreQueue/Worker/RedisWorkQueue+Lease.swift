import Glibc
import Logging
import MCPStoreRedis
import NIOCore

/// The lease under which a worker runs, and the comparison of what it runs with what it owns.
extension RedisWorkQueue {
    /// Enters the pool under a new id.
    func register() async throws(RedisError) {
        let identity = WorkerIdentity(
            id: Self.makeID(),
            host: Self.hostName(),
            process: Int(getpid()),
            version: QueueVersion.current,
            spaces: options.spaces,
            labels: options.labels,
            slots: options.slots
        )
        let pool = options.pool
        var arguments: [RedisArgument] = [.string(identity.id), .int(options.leaseMilliseconds), .int(PoolEvent.kept)]
        let changing = [("running", String(planner.running)), ("draining", isResting ? "1" : "0")]
        for (name, value) in identity.fields + changing {
            arguments += [.string(name), .string(value)]
        }
        let sent = ServerClock.boot()
        let reply = try await commands.evaluate(
            Scripts.workerRegister,
            keys: [pool.leases, pool.worker(identity.id), pool.control(identity.id), pool.ring(identity.id), pool.events],
            arguments: arguments
        )
        measure(reply, first: 0, sent: sent)
        if !id.isEmpty {
            control.remove(pool.control(id))
            control.remove(pool.ring(id))
        }
        id = identity.id
        limits.reset()
        recordedStreams = []
        try await recordStreams()
        lease.renewed(sent: sent, lease: options.leaseMilliseconds)
        isRegistered = true
        for (stream, isOrder) in [(pool.control(id), true), (pool.ring(id), false)] {
            control.add(stream, from: "0") { [weak self] entries in
                self?.assumeIsolated { queue in
                    for entry in entries { queue.received(entry, isOrder: isOrder) }
                    queue.trim(stream, entries)
                }
            }
        }
        readTenants()
        handlers?.registered(id)
        logger.info("worker registered", metadata: ["worker": "\(id)", "pool": "\(pool)"])
    }

    /// Records the lanes that are open already under the new id: before they are first read under it.
    private func recordStreams() async throws(RedisError) {
        let lanes = planner.openServices.flatMap { service in Lane.allCases.map { LaneID(service: service, lane: $0) } }
        guard !lanes.isEmpty else { return }
        let batch = [recording(lanes)] + KeyLease.commands(options.pool.streams(id))
        for case .failure(let error) in await commands.pipeline(batch) { throw error }
        recordedStreams.formUnion(lanes)
    }

    /// Adds lanes to those that this registration reads; also where Redis is full, which a plain `SADD` is not. Only while it has its
    /// lease, else an error: whoever wakes after its keys were deleted must not leave one behind.
    func recording(_ lanes: [LaneID]) -> RedisCommand {
        let script = """
            #!lua flags=allow-oom
            if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
                return redis.error_reply('NOLEASE ' .. ARGV[1] .. ' has no lease')
            end
            for i = 2, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end
            """
        var command = RedisCommand("EVAL", argumentCapacity: 320 + lanes.count * 64)
        command.append(script)
        command.append("2")
        command.append(options.pool.streams(id))
        command.append(options.pool.leases)
        command.append(id)
        for lane in lanes { command.append(lane.member) }
        return command
    }

    private func measure(_ reply: RESPReply, first: Int, sent: Int) {
        guard let parts = reply.array, let seconds = parts[first].integer, let micros = parts[first + 1].integer else { return }
        clock.measured(server: seconds * 1_000_000 + micros, sent: sent, received: ServerClock.boot())
    }

    func scheduleRenewal() {
        renewal?.cancel()
        let interval = TimeAmount.milliseconds(Int64(options.leaseMilliseconds / 3))
        renewal = eventLoop.scheduleTask(in: interval) { [weak self] in
            self?.assumeIsolated { $0.renew() }
        }
    }

    func renew() {
        guard isRegistered, !isRenewing else { return }
        isRenewing = true
        renewLimits()
        readTenants()
        let pool = options.pool
        let sent = ServerClock.boot()
        let arguments: [RedisArgument] = [
            .string(id), .int(options.leaseMilliseconds), "running", .int(planner.running), "draining",
            isDraining || isResting ? "1" : "0",
        ]
        let registration = id
        commands.send(Scripts.workerRenew, keys: [pool.leases, pool.worker(id)], arguments: arguments) { [weak self] result in
            self?.assumeIsolated { queue in
                queue.isRenewing = false
                guard registration == queue.id, queue.isRegistered else { return }
                if case .success(let reply) = result {
                    queue.measure(reply, first: 1, sent: sent)
                    if reply.array?.first?.integer == 1 {
                        queue.lease.renewed(sent: sent, lease: queue.options.leaseMilliseconds)
                        queue.review(holdsFetching: false)
                    } else {
                        return queue.loseLease()
                    }
                }
                queue.scheduleRenewal()
                queue.reviewIfNeeded()
            }
        }
    }

    /// Somebody took this worker for dead, or the data of the pool was deleted: it never returns under the old id.
    private func loseLease() {
        logger.warning("the lease of this worker is gone: it registers anew", metadata: ["worker": "\(id)"])
        lease.lost()
        isRegistered = false
        orphans.formUnion(ownership.running)
        giveBackHeld()
        unblock()
        giveBackLone("the worker lost its lease")
        giveBackWaiting("the worker lost its lease")
        handlers?.leaseLost(.redis)
        registerAnew()
    }

    private func registerAnew() {
        Task {
            do throws(RedisError) {
                try await register()
                scheduleRenewal()
                schedulePump()
            } catch {
                logger.warning("cannot register, will try again", metadata: ["error": "\(error.message)"])
                eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.registerAnew() } }
            }
        }
    }

    /// A job was settled by somebody else.
    private func lost(_ entry: EntryID) {
        ownership.lost(entry)
        // One that waits for its turn nobody runs: its slot is freed here, and what is settled is dropped by the fence.
        if let delivery = lone.waiting(entry) ?? limits.waiting(entry) { return giveBack(delivery, "it was settled elsewhere") }
        handlers?.cancel(entry)
    }

    // MARK: Own what was delivered

    /// Compares the pending list of every lane that was read since the last time, or of which something runs, with what runs.
    /// What it costs depends on what is in use, not on the services that are open.
    ///
    /// - Parameter holdsFetching: Nothing is fetched until all lanes were compared, whether they were read or not.
    func review(holdsFetching: Bool) {
        var lanes = readSinceReview.union(ownership.running.compactMap(\.lane))
        if holdsFetching {
            lanes.formUnion(planner.openServices.flatMap { service in Lane.allCases.map { LaneID(service: service, lane: $0) } })
        }
        // What the read under way brings may be missing from these lists.
        readSinceReview = Set(lanesBeingRead)
        let asked = ownership.running.subtracting(orphans)
        let registration = id
        let limit = ownership.reviewLimit(slots: options.slots)
        if holdsFetching { reviewsAwaited += lanes.count }
        for lane in lanes {
            let command = RedisCommand("XPENDING", lane.key, JobGroup.name, "-", "+", String(limit), id)
            commands.send(command) { [weak self] result in
                self?.assumeIsolated { queue in
                    if holdsFetching {
                        queue.reviewsAwaited -= 1
                        if queue.reviewsAwaited == 0 { queue.schedulePump() }
                    }
                    guard registration == queue.id else { return }
                    switch result {
                    case .success(let reply):
                        queue.compare(lane, queue.pending(reply, lane), limit, asked)
                    case .failure(let error) where error.code != .server && error.code != .closed:
                        queue.needsReview = true
                    case .failure: break
                    }
                }
            }
        }
    }

    private func pending(_ reply: RESPReply, _ lane: LaneID) -> [(entry: EntryID, idle: Int)] {
        (reply.array.map(Array.init) ?? []).compactMap { entry in
            guard let parts = entry.array, parts.count >= 3, let id = parts[0].string, let idle = parts[2].integer else {
                return nil
            }
            return (EntryID(id, in: lane), idle)
        }
    }

    private func compare(_ lane: LaneID, _ pending: [(entry: EntryID, idle: Int)], _ limit: Int, _ asked: Set<EntryID>) {
        // What the read under way may bring is not lost; all before it has arrived or never will.
        var grace = 0
        if case .idle = fetch {} else { grace = (ServerClock.boot() - fetchStarted) / 1000 + 1 }
        // A list that was cut off says nothing about what is missing from it.
        let complete = pending.count < limit
        let (neverStarted, lost) = ownership.compare(lane, pending: pending, grace: grace, asked: complete ? asked : [])
        for entry in lost { self.lost(entry) }
        for entry in neverStarted where !held.contains(entry) {
            logger.info(
                "a job that was delivered but never arrived is started now",
                metadata: ["stream": "\(lane.key)", "entry": "\(entry)"]
            )
            commands.send(RedisCommand("XRANGE", lane.key, entry.description, entry.description)) { [weak self] result in
                guard case .success(let reply) = result else { return }
                self?.assumeIsolated { queue in
                    guard let first = reply.array?.first, let delivery = JobFields.delivery(first, lane: lane) else {
                        // Its content was deleted from outside: only the acknowledgement is left to do.
                        return queue.commands.send(RedisCommand("XACK", lane.key, JobGroup.name, entry.description)) { _ in }
                    }
                    guard !queue.ownership.isKnown(delivery.entry), !queue.held.contains(delivery.entry) else { return }
                    queue.planner.adopted(lane)
                    queue.holdOrDeliver(delivery)
                }
            }
        }
    }

    /// After the blocking connection was lost: its old self may still be given jobs, so it is ended first. Nothing is fetched
    /// before the lists were compared.
    func reviewIfNeeded() {
        guard needsReview, isRegistered else { return schedulePump() }
        guard jobs.isConnected, commands.isConnected else { return }
        needsReview = false
        review(holdsFetching: true)
        schedulePump()
    }

    // MARK: Events

    func jobsEvent(_ event: RedisClientEvent) {
        guard case .connected(let identity) = event else { return }
        // Ids of another server process mean other connections.
        if let old = blockingConnection, let clientID = old.clientID, old.runID != nil, old.runID == identity.runID {
            commands.send(RedisCommand("CLIENT", "KILL", "ID", String(clientID))) { _ in }
        }
        blockingConnection = identity
        if !held.deliveries.isEmpty { dropHeld() }
        reviewIfNeeded()
    }

    func commandsEvent(_ event: RedisClientEvent) {
        guard case .connected(let identity) = event else { return }
        let isOther = runID.flatMap { old in identity.runID.map { $0 != old } } ?? false
        if isOther { logger.warning("Redis was restarted or another server took over: recent settlements are sent again") }
        // A master that was demoted and promoted again has the same run id, and may have lost what it had.
        settlementsFollow(isNewServer: isOther || (configuration.followsMaster && identity.generation > 1))
        runID = identity.runID ?? runID
        // At once, not at the next third of the lease: it may have been taken away meanwhile.
        if isRegistered { renew() }
        reviewIfNeeded()
    }

    /// - Parameter isOrder: Whether it came on the control stream. To the ring stream may write who may submit to any lane: what is said there
    ///   is a hint, and no order.
    private func received(_ entry: StreamReader.Entry, isOrder: Bool) {
        guard let message = ControlMessage(entry) else { return }
        guard isOrder || message.isHint else {
            return logger.debug("an order on the ring stream is passed over", metadata: ["order": "\(message)"])
        }
        switch message {
        case .cancel(let lane, let entry):
            if isOrder { cancelled(entry) } else { cancelIfSettled(entry, in: lane) }
        case .wake(let lane):
            planner.markReady(lane)
            replan(for: [lane])
        case .tokens(let key):
            limits.rung(key, now: ServerClock.boot())
            schedulePump()
        default:
            handlers?.control(message)
        }
    }

    private func cancelled(_ entry: EntryID) {
        if forgetHeld(entry) { return }
        guard ownership.isRunning(entry) else { return }
        lost(entry)
    }

    /// Who may end a call has settled its entry before it says so: one that is still pending here is nobody's to cancel.
    private func cancelIfSettled(_ entry: EntryID, in lane: LaneID) {
        // Of what it does not have Redis is not asked: who rings much costs only himself.
        guard ownership.isRunning(entry) || held.contains(entry) else { return }
        let (id, registration) = (entry.description, id)
        commands.send(RedisCommand("XPENDING", lane.key, JobGroup.name, id, id, "1")) { [weak self] result in
            guard case .success(let reply) = result else { return }
            self?.assumeIsolated { queue in
                let owner = reply.array?.first?.array.map(Array.init)?.dropFirst().first?.string
                guard registration == queue.id, owner != queue.id else { return }
                queue.cancelled(entry)
            }
        }
    }

    private func trim(_ stream: String, _ entries: [StreamReader.Entry]) {
        guard let last = entries.last else { return }
        commands.send(RedisCommand("XTRIM", stream, "MINID", last.id)) { _ in }
    }

    // MARK: Names

    /// 12 characters that no other worker has.
    static func makeID() -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return "w-" + String((0..<10).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
