import LoadDriver

/// The wall clock of one process jumps by an hour, forward or back, and back again. Some are started anew meanwhile, so that they know no
/// other time.
struct SkewClock: Fault {
    let name = "skew-clock"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    /// A gateway that is started anew: see ``DrainGateway``.
    let outcomes: Set = ["disconnected"]
    let lengths = 1000...4000

    func obstacle() -> String? { ClockShim.obstacle() }

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let role = Member.Role.allCases[Int.random(in: 0..<Member.Role.allCases.count, using: &random)]
        let slot = await cluster.pick(role, &random)
        try cluster.setClock(role, slot, Bool.random(using: &random) ? 3600 : -3600)
        if role != .caller, Bool.random(using: &random) {
            try await cluster.drain(role, slot)
            try await cluster.start(role, slot)
            try await cluster.waitForHosts()
        }
        return { try cluster.setClock(role, slot, 0) }
    }
}
