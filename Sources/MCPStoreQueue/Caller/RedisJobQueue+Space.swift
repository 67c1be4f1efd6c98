import MCPStoreRedis
import NIOConcurrencyHelpers

/// The limit on what is queued in the whole space. Like that of a lane it is soft: looked at beside submissions, never before one.
extension RedisJobQueue {
    /// The lower one of what this process was told and what is said of its tenant.
    var spaceLimit: Int? {
        guard let tenant = tenantLimit?.value else { return limits.queuedPerSpace }
        return min(tenant, limits.queuedPerSpace ?? .max)
    }

    func spaceRefusal(limit: Int) -> QueueError? {
        let (length, retryAfter) = depth.withLockedValue {
            ($0.gauge.length(now: ServerClock.boot()), $0.gauge.retryAfter(limit: limit))
        }
        return length >= limit ? .queued(length, in: space, retryAfter: retryAfter) : nil
    }

    /// Asks for the length of every lane once a second, in the shadow of a submission.
    func gaugeSpace(_ now: Int, submits: Bool) {
        let asks = depth.withLockedValue { depth in
            if submits { depth.submit() }
            return depth.shouldAsk(now: now)
        }
        guard asks else { return }
        let lanes = services().prefix(SpaceDepth.mostServices).flatMap { name in Lane.allCases.map { keys.jobs(name, $0) } }
        depth.withLockedValue { $0.begin(lanes: lanes.count) }
        for lane in lanes {
            client.send(RedisCommand("XLEN", lane)) { result in
                var length = 0
                if case .success(let reply) = result { length = reply.integer ?? 0 }
                let now = ServerClock.boot()
                self.depth.withLockedValue { $0.answered(length: length, now: now) }
            }
        }
    }
}
