import MCPStoreRedis

/// The consumer group of every job stream.
package enum JobGroup {
    package static let name = "workers"
    /// The delivery counter of an entry that its worker has not started: it waits there for a token (`docs/tenants.md`). `XREADGROUP` sets it
    /// to 1: delivered counts as started.
    package static let waiting = 0

    /// `XGROUP CREATE … MKSTREAM` from id 0, so that jobs submitted before the first worker are seen. As a script: a plain command
    /// is refused by a Redis that is full, also where stream and group are there, and workers are who empties it. In an `auto`
    /// dataspace the stream has its lease from the start.
    static func create(_ key: String) -> RedisCommand {
        let script = """
            #!lua flags=allow-oom
            local reply = redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
            if ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2], 'LT') end
            return reply
            """
        return RedisCommand("EVAL", script, "1", key, name, KeyLease.applies(to: key) ? String(KeyLease.milliseconds) : "")
    }
}
