import Foundation
import Glibc
import LoadDriver

/// An MCP server answers one call with 100 MiB, which is more than anybody takes. The other calls of its session are none the worse.
struct HugeAnswer: Fault {
    let name = "huge-answer"
    let part = FaultPart.processes
    let tolerance = Tolerance.nothing
    let lengths = 500...2000
    // The call itself: its answer is refused.
    let outcomes: Set<String> = ["protocolError"]

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try cluster.order("huge", &random)
    }
}

/// An MCP server crashes in the middle of a line: half of an answer comes, and then nothing.
struct CrashInLine: Fault {
    let name = "crash-in-line"
    let part = FaultPart.processes
    let tolerance = Tolerance.outcomes
    let lengths = 300...1500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try cluster.order("half-line", &random)
    }
}

/// The servers of a service crash, and then at each start for a while.
struct CrashAtStart: Fault {
    let name = "crash-at-start"
    let part = FaultPart.processes
    let tolerance = Tolerance.outcomes
    let lengths = 1000...5000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        let undo = try cluster.order("fail-start", &random)
        // Its own service's, or another's that then starts well: the mark is in what it was started with.
        for victim in try await cluster.servers() where cluster.isOrdered("fail-start", victim) { Glibc.kill(victim, SIGKILL) }
        return undo
    }
}
