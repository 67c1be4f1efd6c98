import Logging
import MCPStoreQueue

/// Ends overdue jobs of one lane.
///
/// Most of them lie at its head. One with less time than those before it lies anywhere: behind the head each round goes on where the
/// last one ended, so that a whole lane is looked through in a time that grows with its length only.
struct OverdueSweep: Sendable {
    let office: OfficeContext
    let lane: LaneID

    /// - Parameters:
    ///   - position: What the last round returned.
    ///   - budget: Entries to look at in this round; a page of the head, and one behind it, in any case.
    ///   - page: Entries to look at in one call.
    /// - Returns: Where the next round goes on; `nil` when the end of the lane was reached.
    func run(from position: String?, looking budget: Int, page: Int) async throws(QueueError) -> String? {
        var service: (state: ServiceState?, isPaused: Bool)?
        var place: String?
        var isHead = true
        var ended = 0
        defer { log(ended) }
        for _ in 0..<max(budget / page, 2) {
            try office.term.verify()
            let now = office.clock.now()
            let found = try await office.recovery.waiting(in: lane, after: place, looking: page, overdueAt: now)
            if !found.deliveries.isEmpty {
                if service == nil { service = try await look() }
                ended += try await end(found.deliveries, now, service?.state, service?.isPaused ?? false)
            }
            try await office.recovery.delete(found.strays, in: lane)
            guard let next = found.next else { return nil }
            isHead = isHead && !found.deliveries.isEmpty
            place = isHead ? next : place == nil ? position ?? next : next
        }
        return place
    }

    private func look() async throws(QueueError) -> (state: ServiceState?, isPaused: Bool) {
        let registry = office.registry(lane.service.space)
        let state = try await registry.state(lane.service.name)
        return (state, try await registry.service(lane.service.name)?.hold == .paused)
    }

    private func end(
        _ deliveries: [Delivery],
        _ now: Int,
        _ state: ServiceState?,
        _ isPaused: Bool
    ) async throws(QueueError) -> Int {
        let settlements = deliveries.map { delivery in
            let outcome = OverdueDecision.outcome(for: delivery.job, state: state, isPaused: isPaused)
            var settlement = Settlement(delivery, .end(outcome), claims: true)
            // What was started within its limit for waiting may run beyond it.
            settlement.onlyWaiting = now < delivery.deadline
            return settlement
        }
        var ended = 0
        let results = try await office.settle(settlements, in: lane.service.space)
        for (settlement, result) in zip(settlements, results) {
            guard case .ended(let owner) = result else { continue }
            ended += 1
            // It was fetched a moment before it was settled.
            if let owner { try await office.pool.send(.cancel(lane, settlement.entry), to: owner) }
        }
        return ended
    }

    private func log(_ ended: Int) {
        guard ended > 0 else { return }
        office.logger.log(.info, "queued jobs that nobody fetched were ended", [.lane: lane.key, .ended: String(ended)])
    }
}
