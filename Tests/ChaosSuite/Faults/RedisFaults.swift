import LoadDriver
import MCPStoreRedis
import TestSupport

/// Redis is frozen for less and for more than the time that its clients wait for an answer.
struct StopRedis: Fault {
    let name = "stop-redis"
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
    let tolerance = Tolerance.nothing
    let lengths = 100...300

    func apply(to cluster: ChaosCluster, _ random: inout SeededGenerator) async throws -> Undo {
        try await cluster.ask(RedisCommand("SCRIPT", "FLUSH"))
        return {}
    }
}
