import MCPStoreRedis

/// The consumer group of every job stream.
package enum JobGroup {
    package static let name = "workers"

    /// `XGROUP CREATE … MKSTREAM` from id 0, so that jobs submitted before the first worker are seen.
    static func create(_ key: String) -> RedisCommand {
        RedisCommand("XGROUP", "CREATE", key, name, "0", "MKSTREAM")
    }
}
