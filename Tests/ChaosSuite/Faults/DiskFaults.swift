import LoadDriver
import TestSupport

/// The disk of Redis' log is full. With `appendfsync always` Redis ends, since it cannot keep its word; with `everysec` it takes no
/// writes until there is room.
struct FullDisk: Fault {
    let name = "full-disk"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 300...3000
    // A Redis that ends so under everysec takes with it what it could not write.
    let losesUnsynced = true

    func obstacle() -> String? { Program.isThere("prlimit") ? nil : "it needs prlimit (of util-linux) on the PATH" }

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.limitLog(to: Int.random(in: 0...20_000, using: &random))
        return { try await cluster.freeLog() }
    }
}

/// The power fails where Redis runs: it is gone, and so is what its log had not yet synced, up to a second of what it had confirmed.
/// With `appendfsync always` there is no such thing.
struct LosePower: Fault {
    let name = "lose-power"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 100...2500
    let losesUnsynced = true

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        await cluster.redis.kill()
        let bytes = try cluster.losePower()
        Console.status("a power failure took \(bytes) bytes of Redis' log")
        return { try await cluster.redis.restart() }
    }
}
