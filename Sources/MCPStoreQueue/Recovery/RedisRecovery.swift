import Logging
import MCPStoreRedis
import NIOCore

/// What the leading coordinator does with jobs that nobody runs any more, or that nobody can fetch. Every step goes through
/// the settle script, so that two leaders, or a zombie, do no harm.
package struct RedisRecovery: Sendable {
    /// Settlements of one call of the script.
    private static let batch = 100

    let client: RedisClient
    private let clock: ServerClock
    let logger: Logger

    package init(client: RedisClient, clock: ServerClock, logger: Logger) {
        self.client = client
        self.clock = clock
        self.logger = logger
    }

    /// Jobs delivered to `worker` in a lane and not settled, oldest first, without their parameters; empty when none is left.
    package func pending(of worker: String, in lane: LaneID) async throws(QueueError) -> [Delivery] {
        let arguments: [RedisArgument] = [.string(JobGroup.name), .string(worker), .int(Self.batch)]
        while true {
            let reply: RESPReply
            do {
                reply = try await client.evaluate(Scripts.running, keys: [lane.key], arguments: arguments)
            } catch {
                if error.serverCode == "NOGROUP" { return [] }
                throw QueueError(error)
            }
            let entries = reply.array.map { Array($0) } ?? []
            var deliveries: [Delivery] = []
            for entry in entries {
                if let delivery = JobFields.delivery(entry, lane: lane) {
                    deliveries.append(delivery)
                } else if let id = entry.array?.first?.string {
                    try await acknowledge(id, in: lane)
                }
            }
            // Behind entries that hold no job there may be jobs.
            if entries.isEmpty || !deliveries.isEmpty { return deliveries }
        }
    }

    /// Queued, undelivered jobs of a lane, oldest first, without their parameters.
    package func queued(in lane: LaneID, limit: Int) async throws(QueueError) -> [Delivery] {
        try await waiting(in: lane, looking: limit).deliveries
    }

    /// Settles jobs of one space that are not ours.
    package func settle(_ settlements: [Settlement], in space: Space) async throws(QueueError) -> [Settlement.Result] {
        guard !settlements.isEmpty else { return [] }
        let call = SettleScript.call(settlements, space: space, finished: clock.now())
        do {
            let reply = try await client.evaluate(Scripts.settle, keys: call.keys, arguments: call.arguments)
            guard let results = SettleScript.results(reply, for: settlements) else {
                throw QueueError(.redis, "the settle script answered with something unexpected")
            }
            for (settlement, result) in zip(settlements, results) where !settlement.job.record.isEmpty {
                if case .ended = result { RecordNotice.send(settlement.job, using: client) }
            }
            return results
        } catch let error as RedisError {
            throw QueueError(error)
        } catch let error as QueueError {
            throw error
        } catch {
            throw QueueError(.redis, "\(error)")
        }
    }

    /// Removes a consumer that has nothing pending. One that still has something stays.
    package func deleteConsumer(_ worker: String, in lane: LaneID) async throws(QueueError) {
        guard try await pending(of: worker, in: lane).isEmpty else { return }
        do {
            _ = try await client.evaluate(
                Scripts.consumerDelete,
                keys: [lane.key],
                arguments: [.string(JobGroup.name), .string(worker)]
            )
        } catch {
            throw QueueError(error)
        }
    }

    /// Puts jobs of a space whose time has come back into their lanes.
    ///
    /// - Parameter moved: Gets the lanes that took some, whose workers may have to be rung.
    /// - Returns: When the next one is due, in milliseconds by Redis' clock.
    package func promote(_ space: Space, moved: (LaneID) -> Void = { _ in }) async throws(QueueError) -> Int? {
        let keys = SpaceKeys(space)
        do {
            let now = clock.now() / 1000
            let due = try await client.execute(
                RedisCommand("ZRANGEBYSCORE", keys.delayed, "-inf", String(now), "LIMIT", "0", String(Self.batch))
            )
            let ids = due.array?.compactMap(\.string) ?? []
            var lanes: [String: [String]] = [:]
            if !ids.isEmpty {
                var command = RedisCommand("HMGET", argumentCapacity: ids.count + 1)
                command.append(keys.delayedJobs)
                ids.forEach { command.append($0) }
                let packed = try await client.execute(command).array?.map(\.string) ?? []
                for (id, fields) in zip(ids, packed) {
                    // The last field is the lane. A job without fields is only taken out.
                    let lane = fields.flatMap { Self.lastString(inJSONArray: $0) } ?? keys.jobs("none", .batch)
                    lanes[lane, default: []].append(id)
                }
            }
            for (lane, ids) in lanes {
                let arguments: [RedisArgument] = [.string(JobGroup.name)] + ids.map { .string($0) }
                let reply = try await client.evaluate(
                    Scripts.promote,
                    keys: [keys.delayed, keys.delayedJobs, lane],
                    arguments: arguments
                )
                let count = reply.array?.first?.integer ?? 0
                if count > 0, let lane = LaneID(key: lane, in: space) { moved(lane) }
            }
            let next = try await client.execute(RedisCommand("ZRANGE", keys.delayed, "0", "0", "WITHSCORES"))
            guard let pair = next.array, pair.count == 2, let score = pair[1].string.flatMap({ Double($0) }) else { return nil }
            return Int(plausible: score)
        } catch {
            throw QueueError(error)
        }
    }

    /// Services of a space that were removed but left jobs behind, with their tool keys.
    package func removedServices(_ space: Space) async throws(QueueError) -> [String: [String]] {
        do {
            let reply = try await client.execute(RedisCommand("HGETALL", SpaceKeys(space).removed))
            guard var iterator = reply.array?.makeIterator() else { return [:] }
            var removed: [String: [String]] = [:]
            while let name = iterator.next()?.string, let value = iterator.next()?.string {
                removed[name] = Self.strings(inJSONArray: value)
            }
            return removed
        } catch {
            throw QueueError(error)
        }
    }

    /// Ends what is queued of a removed service and deletes what it left, once nothing of it runs.
    ///
    /// - Returns: Whether nothing is left.
    package func bury(_ service: ServiceID, toolKeys: [String]) async throws(QueueError) -> Bool {
        let keys = SpaceKeys(service.space)
        let reason = Reason("the service '\(service.name)' was removed", phase: .waiting)
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            var place: String?
            repeat {
                let page = try await waiting(in: id, after: place, looking: Self.batch)
                let settlements = page.deliveries.map { delivery in
                    Settlement(delivery, .end(CallerEnding.removed(delivery.job)), claims: true)
                }
                _ = try await settle(settlements, in: service.space)
                try await delete(page.strays, in: id)
                place = page.next
            } while place != nil
        }
        try await endDelayed(of: service, as: Outcome(kind: .unavailable, payload: reason.payload))
        let scriptKeys =
            [
                keys.removed, keys.jobs(service.name, .interactive), keys.jobs(service.name, .batch), keys.config(service.name),
                keys.tools,
            ]
            + toolKeys.map(keys.stats(toolKey:)) + [keys.serviceStats(service.name)]
        let arguments = [.string(service.name)] + toolKeys.map { RedisArgument.string($0) } + [""]
        do {
            return try await client.evaluate(Scripts.serviceBury, keys: scriptKeys, arguments: arguments).integer == 1
        } catch {
            throw QueueError(error)
        }
    }

    /// Ends the jobs of a service that wait in the sorted set of delayed jobs.
    private func endDelayed(of service: ServiceID, as outcome: Outcome) async throws(QueueError) {
        let keys = SpaceKeys(service.space)
        do {
            guard var iterator = try await client.execute(RedisCommand("HGETALL", keys.delayedJobs)).array?.makeIterator() else {
                return
            }
            while let id = iterator.next()?.string, let packed = iterator.next()?.string {
                guard let job = DelayedSettlement.job(id, packed, in: service.space), job.service == service else { continue }
                let ending = DelayedSettlement(job, as: outcome, now: clock.now())
                _ = try await client.evaluate(Scripts.settleDelayed, keys: ending.keys, arguments: ending.arguments)
                if !job.record.isEmpty { RecordNotice.send(job, using: client) }
            }
        } catch {
            throw QueueError(error)
        }
    }

    /// How full lanes are.
    package func depths(_ lanes: [LaneID]) async throws(QueueError) -> [LaneDepth] {
        var commands: [RedisCommand] = []
        for lane in lanes {
            commands.append(RedisCommand("XLEN", lane.key))
            commands.append(RedisCommand("XPENDING", lane.key, JobGroup.name))
        }
        let replies = await client.pipeline(commands)
        var depths: [LaneDepth] = []
        for (index, lane) in lanes.enumerated() {
            guard case .success(let length) = replies[index * 2] else { continue }
            var running = 0
            if case .success(let pending) = replies[index * 2 + 1] { running = pending.array?.first?.integer ?? 0 }
            var depth = LaneDepth(lane: lane, length: length.integer ?? 0, running: running, oldestWait: nil)
            if depth.queued > 0, let oldest = try await queued(in: lane, limit: 1).first {
                depth.oldestWait = max(clock.now() - oldest.entry.milliseconds.plausible * 1000, 0)
            }
            depths.append(depth)
        }
        return depths
    }

    // MARK: Helpers

    /// Takes a running entry away whose content was deleted from outside, or that is no job: nothing else is left to do.
    private func acknowledge(_ id: String, in lane: LaneID) async throws(QueueError) {
        logger.warning("a running entry holds no job", metadata: ["stream": "\(lane.key)", "entry": "\(id)"])
        let commands = [RedisCommand("XACK", lane.key, JobGroup.name, id), RedisCommand("XDEL", lane.key, id)]
        for case .failure(let error) in await client.pipeline(commands) { throw QueueError(error) }
    }

    private static func lastString(inJSONArray text: String) -> String? {
        strings(inJSONArray: text).last
    }

    private static func strings(inJSONArray text: String) -> [String] {
        JSONStrings.decode(text)
    }
}
