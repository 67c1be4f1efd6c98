import Logging
import MCPStoreRedis
import NIOCore

/// Fetching: one read at a time on the connection that may block.
extension RedisWorkQueue {
    /// Milliseconds of a blocking read that leaves out lanes in use.
    private static let crowdedBlock = 10

    /// Plans again at the end of the tick, so that slots freed together are filled together.
    func schedulePump() {
        guard !isPumpScheduled else { return }
        isPumpScheduled = true
        eventLoop.execute {
            self.assumeIsolated { queue in
                queue.isPumpScheduled = false
                queue.pump()
            }
        }
    }

    private func pump() {
        guard isRegistered, !isDraining, !needsReview, reviewsAwaited == 0, lease.isHeld else { return }
        pumpLimits()
        if confirmsHeld() { return }
        if case .blocking = fetch {
            // A slot became free for a lane that is known to hold jobs.
            if planner.hasReadableLane { unblock() }
            return
        }
        guard case .idle = fetch else { return }
        switch planner.next(now: ServerClock.boot()) {
        case .wait:
            break
        case .read(let lane, let count):
            send([lane], count)
        case .probe(let lanes, let count):
            send(lanes, count)
        case .block(let lanes, let count):
            // When some lanes are not watched, the watched ones change about once a second.
            // Where lanes in use are among those that are not watched, they have their turn soon.
            // Shorter than the lease: no read that was parked under a lease that ran out is given a job later.
            let longest = planner.isCrowded ? Self.crowdedBlock : planner.watchesAll ? 5000 : 1000
            send(lanes, count, block: min(longest, options.leaseMilliseconds / 2))
        }
    }

    private func send(_ lanes: [LaneID], _ count: Int, block: Int? = nil) {
        fetchStarted = ServerClock.boot()
        fetches += 1
        readSinceReview.formUnion(lanes)
        fetch = block == nil ? .reading(lanes) : .blocking(watched: lanes)
        let registration = id
        let timeout = block.map { Duration.milliseconds($0) + configuration.socketTimeout }
        jobs.send(read(lanes, count: count, block: block), timeout: timeout) { result in
            self.assumeIsolated { $0.answered(lanes, count, registration, result) }
        }
    }

    /// Of the read under way.
    var lanesBeingRead: [LaneID] {
        switch fetch {
        case .idle: []
        case .reading(let lanes), .blocking(let lanes): lanes
        }
    }

    private func read(_ lanes: [LaneID], count: Int, block: Int?) -> RedisCommand {
        var command = RedisCommand("XREADGROUP", "GROUP", JobGroup.name, id, "COUNT", String(count))
        if let block {
            command.append("BLOCK")
            command.append(block)
        }
        command.append("STREAMS")
        for lane in lanes { command.append(lane.key) }
        for _ in lanes { command.append(">") }
        return command
    }

    private func answered(_ lanes: [LaneID], _ requested: Int, _ registration: String, _ result: Result<RESPReply, RedisError>) {
        fetch = .idle
        switch result {
        case .success where !isOnOneServer:
            needsReview = true
            eventLoop.scheduleTask(in: .milliseconds(50)) { self.assumeIsolated { $0.reviewIfNeeded() } }
        case .success(let reply):
            let deliveries = parse(reply, lanes)
            let counts = Dictionary(deliveries.map { ($0.0, $0.1.count) }, uniquingKeysWith: +)
            planner.received(counts, from: lanes, requested: requested)
            for (lane, entries) in deliveries {
                for entry in entries { deliver(lane, entry, mayStart: registration == id) }
            }
            // Behind what these jobs have settled at once: Redis does first what callers wait for.
            schedulePump()
        case .failure(let error) where error.serverCode == "NOGROUP" || error.serverCode == "UNBLOCKED":
            repair(lanes)
        case .failure(let error) where error.code == .server:
            logger.warning(
                "cannot read job streams",
                metadata: ["streams": "\(lanes.map(\.key).joined(separator: " "))", "error": "\(error.message)"]
            )
            planner.failed(lanes)
            retryLater(lanes)
            schedulePump()
        case .failure(let error):
            // What was delivered into the lost connection is found by the review.
            if error.mayHaveExecuted { needsReview = true }
            logger.debug("fetching failed", metadata: ["error": "\(error.message)"])
            guard error.code != .closed else { return }
            eventLoop.scheduleTask(in: .milliseconds(50)) { self.assumeIsolated { $0.reviewIfNeeded() } }
        }
    }

    private func retryLater(_ lanes: [LaneID]) {
        eventLoop.scheduleTask(in: .seconds(1)) { [weak self] in
            self?.assumeIsolated { queue in
                lanes.forEach { queue.planner.retry($0) }
                queue.schedulePump()
            }
        }
    }

    private func parse(_ reply: RESPReply, _ lanes: [LaneID]) -> [(LaneID, [RESPReply])] {
        guard let streams = reply.array else { return [] }
        return streams.compactMap { stream in
            guard let parts = stream.array, parts.count == 2, let entries = parts[1].array else { return nil }
            let lane = lanes.count == 1 ? lanes[0] : lanes.first { $0.key == parts[0].string }
            return lane.map { ($0, Array(entries)) }
        }
    }

    /// - Parameter mayStart: Whether it was delivered to the present registration: what was delivered to an earlier one is
    ///   not ours to start, since others take that one for dead.
    private func deliver(_ lane: LaneID, _ entry: RESPReply, mayStart: Bool) {
        guard let delivery = JobFields.delivery(entry, lane: lane) else { return drop(lane, entry) }
        holdOrDeliver(delivery, mayStart: mayStart)
    }

    /// Hands a job to the worker, unless its time is over or it may not be started.
    func deliver(_ delivery: Delivery, mayStart: Bool = true) {
        let job = delivery.job
        // It may have been found in the pending list meanwhile, and was started then.
        guard ownership.started(delivery.entry) else { return planner.slotFreed(job.laneID) }
        if delivery.isOverdue(now: clock.now()) {
            return settle(Settlement(delivery, .end(CallerEnding.notStarted(job))))
        }
        guard mayStart, lease.isHeld, !isDraining, !isResting else {
            // Not started: given back without counting as an attempt.
            let reason = isDraining || isResting ? "the worker drains" : "the worker lost its lease"
            return settle(Settlement(delivery, .move(reason: reason, attempt: job.attempt, deaths: job.deaths)))
        }
        if job.deaths >= LoneJobs.deaths || !lone.isEmpty && lone.holds(job.service) { return deliverHeld(delivery) }
        if !limits.isEmpty, !admits(delivery) { return }
        handlers?.start(delivery)
    }

    /// An entry that is no job: written by something else, or its content was deleted.
    private func drop(_ lane: LaneID, _ entry: RESPReply) {
        planner.slotFreed(lane)
        guard let id = entry.array?.first?.string else { return }
        logger.warning(
            "an entry of a job stream holds no job and is deleted",
            metadata: ["stream": "\(lane.key)", "entry": "\(id)"]
        )
        commands.send(RedisCommand("XACK", lane.key, JobGroup.name, id)) { _ in }
        commands.send(RedisCommand("XDEL", lane.key, id)) { _ in }
    }

    /// The stream or its group is gone: made anew where the service still exists.
    private func repair(_ lanes: [LaneID]) {
        for lane in lanes {
            let config = SpaceKeys(lane.service.space).config(lane.service.name)
            commands.send(RedisCommand("EXISTS", config)) { result in
                self.assumeIsolated { queue in
                    if case .success(let reply) = result, reply.integer == 0 { return queue.planner.close(lane.service) }
                    queue.commands.send(JobGroup.create(lane.key)) { _ in queue.assumeIsolated { $0.schedulePump() } }
                }
            }
        }
        commands.send(RedisCommand("PING")) { _ in self.assumeIsolated { $0.schedulePump() } }
    }

    /// Ends a blocking read, so that the lanes to watch are chosen anew.
    func unblock() {
        guard case .blocking = fetch, unblocked != fetches, let blockingConnection, let clientID = blockingConnection.clientID
        else { return }
        let number = fetches
        unblocked = number
        commands.send(RedisCommand("CLIENT", "UNBLOCK", String(clientID))) { [weak self] result in
            guard case .success(let reply) = result, reply.integer == 0 else { return }
            // The read has not reached Redis yet: it travels on another connection.
            self?.eventLoop.scheduleTask(in: .milliseconds(2)) { [weak self] in
                self?.assumeIsolated { queue in
                    guard queue.fetches == number else { return }
                    queue.unblocked = 0
                    queue.unblock()
                }
            }
        }
    }

    /// These lanes may hold jobs, or are new: read them now, even if the connection blocks on others.
    func replan(for lanes: [LaneID]) {
        switch fetch {
        case .idle: schedulePump()
        case .reading: break
        case .blocking(let watched): if !lanes.allSatisfy(watched.contains) { unblock() }
        }
    }
}
