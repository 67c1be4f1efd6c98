import MCPStoreRedis

/// The consumer group of every job stream.
package enum JobGroup {
    package static let name = "workers"

    /// `XGROUP CREATE … MKSTREAM` from id 0, so that jobs submitted before the first worker are seen.
    static func create(_ key: String) -> RedisCommand {
        guard KeyLease.applies(to: key) else { return RedisCommand("XGROUP", "CREATE", key, name, "0", "MKSTREAM") }
        // With its lease from the start.
        let script = """
            local reply = redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
            redis.call('PEXPIRE', KEYS[1], ARGV[2], 'LT')
            return reply
            """
        return RedisCommand("EVAL", script, "1", key, name, String(KeyLease.milliseconds))
    }
}
