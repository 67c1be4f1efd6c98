import MCPStoreRedis
import NIOConcurrencyHelpers

/// The limit on what is queued in the whole space. Where there is none, a submission waits for nothing; where there is one, the first
/// submission of a second waits for a look at the lanes, and so does each one that may go beyond the limit.
extension RedisJobQueue {
    /// What is known of the lanes, and who waits for a look.
    struct Depth {
        var known = SpaceDepth()
        /// Those who are to be admitted and are not yet, and those of them who wait for the look under way.
        var pending = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// How long a look may take at most.
    private static let patience = Duration.milliseconds(500)

    /// The lower one of what this process was told and what is said of its tenant.
    var spaceLimit: Int? {
        guard let tenant = tenantLimit?.value else { return limits.queuedPerSpace }
        return min(tenant, limits.queuedPerSpace ?? .max)
    }

    /// Reserves places for `count` jobs that are submitted together.
    ///
    /// - Returns: How many places to tell ``sent(_:areThere:)`` of; 0 where there is no limit.
    /// - Throws: ``QueueError``: `busy`, with when to come back, where the space is full or too many wait; `notAccepted` where the task was
    ///   cancelled.
    func reserve(_ count: Int = 1) async throws(QueueError) -> Int {
        guard count > 0, spaceLimit != nil else { return 0 }
        let pending = depth.withLockedValue { depth in
            depth.pending += 1
            return depth.pending
        }
        defer { depth.withLockedValue { $0.pending -= 1 } }
        if pending > limits.jobsInFlight { throw .inFlight(pending) }
        while let limit = spaceLimit {
            switch depth.withLockedValue({ $0.known.admit(count, limit: limit, now: ServerClock.boot()) }) {
            case .admitted: return count
            case .refused(let length, let retryAfter):
                let isTenants = tenantLimit?.value == limit
                throw .queued(length, in: space, limit: limit, isTenants: isTenants, retryAfter: retryAfter)
            case .unknown(let pause):
                do {
                    if pause > 0 { try await Task.sleep(for: .microseconds(pause)) } else { try Task.checkCancellation() }
                } catch { throw QueueError(.notAccepted, "the call was cancelled before it was queued") }
                if pause == 0 { await look() }
            }
        }
        return 0
    }

    /// Jobs with reserved places are with Redis, or were not submitted after all.
    func sent(_ reserved: Int, areThere: Bool = true) {
        if reserved > 0 { depth.withLockedValue { $0.known.sent(reserved, areThere: areThere) } }
    }

    /// Looks at the length of every lane, or waits for the look that is under way.
    private func look() async {
        let lanes = services().prefix(SpaceDepth.mostServices).flatMap { name in Lane.allCases.map { keys.jobs(name, $0) } }
        await withCheckedContinuation { continuation in
            let begins = depth.withLockedValue { depth in
                depth.waiting.append(continuation)
                return depth.known.begin(lanes: lanes.count, now: ServerClock.boot())
            }
            guard begins else { return }
            if lanes.isEmpty { resumeLooking() }
            for lane in lanes {
                client.send(RedisCommand("XLEN", lane), timeout: min(socketTimeout, Self.patience)) { result in
                    let length: Int? =
                        switch result {
                        case .success(let reply): reply.integer ?? 0
                        // What is no stream holds nothing.
                        case .failure(let error): error.code == .server ? 0 : nil
                        }
                    if self.depth.withLockedValue({ $0.known.answered(length: length, now: ServerClock.boot()) }) {
                        self.resumeLooking()
                    }
                }
            }
        }
    }

    private func resumeLooking() {
        let waiting = depth.withLockedValue { depth in
            defer { depth.waiting = [] }
            return depth.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
