import MCPStoreQueue

/// One promotion of the delayed jobs of one space.
struct DelayedPromotion: Sendable {
    let office: OfficeContext
    let space: Space

    /// - Returns: When the next job of the space is due, in milliseconds by Redis' clock.
    func run() async throws(QueueError) -> Int? {
        try office.term.verify()
        var lanes: [LaneID] = []
        let next = try await office.recovery.promote(space) { lanes.append($0) }
        for lane in lanes {
            if try await office.registry(space).service(lane.service.name) == nil {
                // Its service was removed, and may be buried, while it waited: nobody else would ever look at that lane.
                _ = try await office.recovery.bury(lane.service, toolKeys: [])
            } else {
                try await office.ring(lane)
            }
        }
        return next
    }
}
