import Logging
import MCPStoreQueue

/// Ends the overdue jobs at the head of one lane.
struct OverdueSweep: Sendable {
    /// Pages a round: what is left comes with the next.
    private static let mostPages = 10

    let office: OfficeContext
    let lane: LaneID

    func run(page: Int) async throws(QueueError) {
        var state: ServiceState?
        var isPaused = false
        var ended = 0
        for turn in 0..<Self.mostPages {
            try office.term.verify()
            let queued = try await office.recovery.queued(in: lane, limit: page)
            let now = office.clock.now()
            let overdue = queued.filter { $0.isOverdue(now: now) }
            if overdue.isEmpty { break }
            if turn == 0 {
                let registry = office.registry(lane.service.space)
                state = try await registry.state(lane.service.name)
                isPaused = try await registry.service(lane.service.name)?.hold == .paused
            }
            let settlements = overdue.map { [state, isPaused] delivery in
                let outcome = OverdueDecision.outcome(for: delivery.job, state: state, isPaused: isPaused)
                return Settlement(delivery, .end(outcome), claims: true)
            }
            let results = try await office.settle(settlements, in: lane.service.space)
            for (settlement, result) in zip(settlements, results) {
                guard case .ended(let owner) = result else { continue }
                ended += 1
                // It was fetched a moment before it was settled.
                if let owner { try await office.pool.send(.cancel(lane, settlement.entry), to: owner) }
            }
            if overdue.count < page { break }
        }
        guard ended > 0 else { return }
        office.logger.log(.info, "queued jobs that nobody fetched were ended", [.lane: lane.key, .ended: String(ended)])
    }
}
