import Logging
import MCPStoreRedis
import NIOCore

/// Fetching: one read at a time on the connection that may block.
extension RedisWorkQueue {
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
        guard case .idle = fetch, isRegistered, !isDraining, !needsReview, lease.isHeld else { return }
        switch planner.next() {
        case .wait:
            break
        case .read(let lane, let count):
            fetch = .reading
            jobs.send(read([lane], count: count, block: nil)) { result in
                self.assumeIsolated { $0.answered([lane], count, result) }
            }
        case .block(let lanes, let count):
            fetch = .blocking(watched: Set(lanes))
            // When some lanes are not watched, the watched ones change about once a second.
            let block = planner.watchesAll ? 5000 : 1000
            let timeout = Duration.milliseconds(block) + configuration.socketTimeout
            jobs.send(read(lanes, count: count, block: block), timeout: timeout) { result in
                self.assumeIsolated { $0.answered(lanes, nil, result) }
            }
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

    /// - Parameter requested: How many were asked for; `nil` for a blocking read.
    private func answered(_ lanes: [LaneID], _ requested: Int?, _ result: Result<RESPReply, RedisError>) {
        fetch = .idle
        switch result {
        case .success(let reply):
            let deliveries = parse(reply, lanes)
            if let requested {
                planner.received(lanes[0], count: deliveries.first?.1.count ?? 0, requested: requested)
            } else {
                planner.unblocked(Dictionary(deliveries.map { ($0.0, $0.1.count) }, uniquingKeysWith: +))
            }
            for (lane, entries) in deliveries {
                for entry in entries { deliver(lane, entry) }
            }
            // At once, not at the end of the tick: the next read travels while these jobs run.
            pump()
        case .failure(let error) where error.serverCode == "NOGROUP" || error.serverCode == "UNBLOCKED":
            repair(lanes)
        case .failure(let error):
            // What was delivered into the lost connection is found by the review.
            if error.mayHaveExecuted { needsReview = true }
            logger.debug("fetching failed", metadata: ["error": "\(error.message)"])
            eventLoop.scheduleTask(in: .milliseconds(50)) { self.assumeIsolated { $0.reviewIfNeeded() } }
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

    private func deliver(_ lane: LaneID, _ entry: RESPReply) {
        guard let delivery = JobFields.delivery(entry, lane: lane) else { return drop(lane, entry) }
        deliver(delivery)
    }

    /// Hands a job to the worker, unless its time is over or it may not be started.
    func deliver(_ delivery: Delivery) {
        ownership.started(delivery)
        if clock.now() >= delivery.deadline {
            let seconds = Double(delivery.job.timeout) / 1000
            let reason = Reason("it waited longer than its deadline of \(seconds) s and was not started", phase: .waiting)
            return settle(Settlement(delivery, .end(Outcome(kind: .timedOut, payload: reason.payload, attempt: delivery.job.attempt))))
        }
        guard lease.isHeld else {
            // Not started: given back without counting as an attempt.
            let job = delivery.job
            return settle(Settlement(delivery, .move(reason: "the worker lost its lease", attempt: job.attempt, deaths: job.deaths)))
        }
        handlers?.start(delivery)
    }

    /// An entry that is no job: written by something else, or its content was deleted.
    private func drop(_ lane: LaneID, _ entry: RESPReply) {
        planner.slotFreed(lane)
        guard let id = entry.array?.first?.string else { return }
        logger.warning("an entry of a job stream holds no job and is deleted", metadata: ["stream": "\(lane.key)", "entry": "\(id)"])
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
        guard case .blocking = fetch, let blockingClientID else { return }
        commands.send(RedisCommand("CLIENT", "UNBLOCK", String(blockingClientID))) { _ in }
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
