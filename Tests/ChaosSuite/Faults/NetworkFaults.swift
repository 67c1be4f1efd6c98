import LoadDriver
import TestSupport

/// The connections of one worker and one caller stand still, for less and for more than anybody waits.
struct StallNetwork: Fault {
    let name = "stall-network"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 300...6000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        cluster.proxy.behave(.stall)
        return { cluster.proxy.behave(.pass) }
    }
}

/// The connections of one worker and one caller are slow.
struct DelayNetwork: Fault {
    let name = "delay-network"
    let part = FaultPart.redis
    let tolerance = Tolerance.nothing
    let lengths = 1000...4000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        cluster.proxy.behave(.delay(milliseconds: Int.random(in: 5...150, using: &random)))
        return { cluster.proxy.behave(.pass) }
    }
}

/// The connections of one worker and one caller break in the middle of a reply.
struct CutNetwork: Fault {
    let name = "cut-network"
    let part = FaultPart.redis
    let tolerance = Tolerance.refusals
    let lengths = 100...500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        cluster.proxy.behave(.cut(afterBytes: Int.random(in: 1...2000, using: &random)))
        return { cluster.proxy.behave(.pass) }
    }
}
