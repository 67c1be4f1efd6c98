import MCPStoreRedis

/// What Redis keeps when it is restarted.
struct PersistenceCheck {
    let info: ServerInfo
    let client: RedisClient

    func findings() async -> [Finding] {
        guard info.failure == nil else { return [] }
        if info["rdb_last_bgsave_status"] == "err" || info["aof_last_write_status"] == "err" {
            return [
                .fail(
                    "persistence",
                    "the last write to disk failed: Redis may refuse all writes",
                    "look at Redis' log, and for space and permissions of its directory"
                )
            ]
        }
        guard info["aof_enabled"] == "1" else {
            return [
                .warn(
                    "persistence",
                    "there is no append-only file: what Redis confirmed is lost when it stops",
                    "set appendonly yes and appendfsync always (or everysec, which may lose the last second)"
                )
            ]
        }
        let policy: String
        do {
            let reply = try await client.execute(RedisCommand("CONFIG", "GET", "appendfsync"))
            policy = reply.array.flatMap { $0.count == 2 ? $0[1].string : nil } ?? "unknown"
        } catch {
            return [.ok("persistence", "an append-only file; appendfsync cannot be read with this user")]
        }
        switch policy {
        case "always": return [.ok("persistence", "append-only file, synced always: nothing confirmed is lost")]
        case "everysec": return [.ok("persistence", "append-only file, synced every second: a crash may lose the last second")]
        default:
            return [
                .warn(
                    "persistence",
                    "append-only file with appendfsync \(policy): a crash may lose half a minute",
                    "set appendfsync always or everysec"
                )
            ]
        }
    }
}
