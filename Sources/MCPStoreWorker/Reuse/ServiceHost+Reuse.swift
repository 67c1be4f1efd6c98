import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// Calls that are the same are run once, where an operator has asked for that (`docs/architecture.md`, "Answers used again").
extension ServiceHost {
    /// What is said of a tool of which answers are used again.
    struct Reuse: Equatable {
        var isShared: Bool
        /// Microseconds; 0: not at all.
        var keeps: Int
    }

    /// The tools of which answers are used again, as configuration and annotations say now.
    func learnReuse() {
        var found: [String: Reuse] = [:]
        if configuration.asksForReuse, !configuration.isPerCall {
            for tool in listed {
                let policy = configuration.policy(
                    of: tool.name,
                    readOnly: tool.readOnlyHint == true,
                    idempotent: tool.idempotentHint == true
                )
                guard policy.shares.value || policy.keeps.value > 0 else { continue }
                found[tool.name] = Reuse(isShared: policy.shares.value, keeps: policy.keeps.value * 1000)
            }
        }
        if found != reuse { shared.forget() }
        reuse = found
    }

    /// Answers a call from what is kept, or has it wait for one that is the same.
    ///
    /// - Returns: Whether nothing more is to be done for it now.
    func reuses(_ delivery: Delivery) -> Bool {
        let job = delivery.job
        // Who wants to see progress wants a run; what workers died of runs alone.
        guard job.method == "tools/call", let rule = reuse[job.name], !job.wantsProgress, job.deaths == 0,
            let key = SharedAnswers.Key(job)
        else { return false }
        let entry = delivery.entry
        let now = ServerClock.boot()
        if rule.keeps > 0, let answer = shared.answer(key, now: now) {
            let clock = self.now(for: entry)
            let ending = CallEnding(job: job, worker: queue.workerID, started: clock, finished: clock)
            queue.park(delivery)
            queue.settle(Settlement(delivery, ending.reusing(answer, .kept)))
            return true
        }
        guard rule.isShared else {
            if rule.keeps > 0 { keeping[entry] = key }
            return false
        }
        switch shared.came(entry, key, bytes: job.parameters.readableBytes, now: now) {
        case .alone: return false
        case .leads: return false
        case .follows:
            park(delivery)
            // It needs no slot: nothing is sent for it.
            queue.park(delivery)
            return true
        }
    }

    /// A call that ran has ended.
    ///
    /// - Parameter response: What the server answered.
    func shareAnswer(of call: RunningCall, _ response: MCPResponse) {
        let entry = call.delivery.entry
        let keepKey = keeping.removeValue(forKey: entry)
        let flight = shared.ended(entry)
        guard let key = flight?.key ?? keepKey else { return }
        guard case .result(let payload, isError: false, resultType: .complete) = response else {
            return dissolve(flight?.followers ?? [], key, response)
        }
        if let keeps = reuse[call.delivery.job.name]?.keeps, keeps > 0 {
            let now = ServerClock.boot()
            // It is as old as the question, not as the answer.
            let age = max(self.now(for: entry) - call.started, 0)
            shared.keep(payload, key, until: now - age + keeps, now: now)
        }
        for follower in flight?.followers ?? [] {
            guard let waiting = running.removeValue(forKey: follower), waiting.isParked else { continue }
            waiting.timer?.cancel()
            let ending = CallEnding(
                job: waiting.delivery.job,
                worker: waiting.worker,
                started: waiting.started,
                finished: now(for: follower)
            )
            queue.settle(Settlement(waiting.delivery, ending.reusing(payload, .inFlight)))
        }
    }

    /// A failure is nobody's but its own: those that waited go back into their lane, and run.
    private func dissolve(_ followers: [EntryID], _ key: SharedAnswers.Key, _ response: MCPResponse) {
        // A run that was cancelled, or ended with its own deadline, says nothing of the next one.
        if case .failed(let error) = response, error.code == .cancelled || error.code == .timedOut {
        } else {
            shared.failed(key, now: ServerClock.boot())
        }
        for follower in followers {
            endParked(follower, MCPError(.closed, "the call whose answer it waited for did not end with one that can be shared"))
        }
    }
}
