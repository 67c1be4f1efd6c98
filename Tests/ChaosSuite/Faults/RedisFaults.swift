import LoadDriver
import MCPStoreRedis
import TestSupport

/// Redis is frozen for less and for more than the time that its clients wait for an answer.
struct StopRedis: Fault {
    let name = "stop-redis"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 300...4000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        cluster.redis.pause()
        return { cluster.redis.resume() }
    }
}

/// Redis crashes, and starts again from its log.
struct KillRedis: Fault {
    let name = "kill-redis"
    let part = FaultPart.redis
    let takesLeases = true
    // A write may be put off while another one is synced.
    let losesUnsynced = true
    let tolerance = Tolerance.unknown
    let lengths = 100...2500

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        await cluster.redis.kill()
        return { try await cluster.redis.restart() }
    }
}

/// Redis closes every connection, in the midst of whatever they do.
struct KillConnections: Fault {
    let name = "kill-connections"
    let part = FaultPart.redis
    let tolerance = Tolerance.refusals
    let lengths = 100...300

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.ask(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
        return {}
    }
}

/// Redis forgets the scripts that it was given.
struct FlushScripts: Fault {
    let name = "flush-scripts"
    let part = FaultPart.redis
    let tolerance = Tolerance.nothing
    let lengths = 100...300

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.ask(RedisCommand("SCRIPT", "FLUSH"))
        return {}
    }
}

/// Redis has no memory left: submissions are refused, and what was accepted still ends.
struct FillMemory: Fault {
    let name = "fill-memory"
    let part = FaultPart.redis
    let tolerance = Tolerance.refusals
    let lengths = 300...5000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.ask(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
        return { try await cluster.ask(RedisCommand("CONFIG", "SET", "maxmemory", "0")) }
    }
}

/// Redis takes no writes, as a replica does.
struct ReadOnlyRedis: Fault {
    let name = "read-only"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 300...4000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        // Port 1: a master that is not there, so that nothing is ever copied over our data.
        try await cluster.ask(RedisCommand("REPLICAOF", "127.0.0.1", "1"))
        return { try await cluster.ask(RedisCommand("REPLICAOF", "NO", "ONE")) }
    }
}

/// All data is deleted, the services too: whoever waits is told so, and when the services are there again, all goes on.
struct FlushData: Fault {
    let name = "flush-data"
    let part = FaultPart.redis
    let takesLeases = true
    let tolerance = Tolerance.unknown
    let lengths = 300...2000

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.ask(RedisCommand("FLUSHDB"))
        return {
            try await cluster.addServices()
            try await cluster.waitForHosts()
        }
    }
}
