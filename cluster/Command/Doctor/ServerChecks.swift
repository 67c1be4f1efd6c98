import MCPStoreRedis

/// What the server says about itself: version, role, eviction, memory. Pure.
struct ServerChecks {
    let info: ServerInfo
    let endpoint: String

    func findings() -> [Finding] {
        if let failure = info.failure {
            return [.ok("redis", "\(endpoint) answers"), Doctor.unchecked("version", failure)]
        }
        return [version(), role(), eviction(), memory()]
    }

    private func version() -> Finding {
        let name = info["valkey_version"].map { "Valkey \($0)" } ?? "Redis \(info["redis_version"] ?? "of unknown version")"
        let major = (info["redis_version"] ?? "").split(separator: ".").first.flatMap { Int($0) } ?? 0
        guard major >= 7 else {
            return .fail("version", "\(endpoint) is \(name), which is too old", "use Redis 7.0 or later, or Valkey")
        }
        if info["redis_mode"] == "cluster" || info["cluster_enabled"] == "1" {
            return .fail(
                "version",
                "\(endpoint) is \(name) in cluster mode",
                "use a Redis that is no Redis Cluster; that is not supported yet"
            )
        }
        return .ok("version", "\(endpoint) is \(name)")
    }

    private func role() -> Finding {
        guard info["role"] == "master" else {
            let primary = "\(info["master_host"] ?? "?"):\(info["master_port"] ?? "?")"
            return .fail("role", "this Redis is a replica of \(primary) and takes no writes", "use its primary")
        }
        let replicas = info.integer("connected_slaves") ?? 0
        return .ok("role", replicas == 0 ? "a primary without replicas" : "a primary with \(replicas) replicas")
    }

    private func eviction() -> Finding {
        guard let policy = info["maxmemory_policy"] else { return .warn("eviction", "the eviction policy is not told", nil) }
        if policy == "noeviction" { return .ok("eviction", "maxmemory-policy is noeviction") }
        let advice = "CONFIG SET maxmemory-policy noeviction, and in redis.conf"
        guard (info.integer("maxmemory") ?? 0) > 0 else {
            return .warn(
                "eviction",
                "maxmemory-policy is \(policy): jobs and services would be deleted as soon as a maxmemory is set",
                advice
            )
        }
        return .fail("eviction", "maxmemory-policy is \(policy): Redis deletes jobs and services when it is full", advice)
    }

    private func memory() -> Finding {
        let used = info.integer("used_memory") ?? 0
        let limit = info.integer("maxmemory") ?? 0
        let system = info.integer("total_system_memory") ?? 0
        let most = limit > 0 ? limit : system
        let what = limit > 0 ? "of maxmemory" : "of the machine, no maxmemory"
        guard most > 0 else { return .ok("memory", "\(Self.bytes(used)) used") }
        let share = used * 100 / most
        let text = "\(Self.bytes(used)) of \(Self.bytes(most)) used (\(share) % \(what))"
        let advice = "give Redis more memory, or look for what fills it with mcpstore stats"
        if share >= 90 { return .fail("memory", "\(text): submissions will be refused", advice) }
        if share >= 75 { return .warn("memory", text, advice) }
        return .ok("memory", text)
    }

    /// `1.5 GiB`
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return unit == "B" ? "\(count) B" : "\((value * 10).rounded() / 10) \(unit)" }
            value /= 1024
        }
        return "\((value * 10).rounded() / 10) TiB"
    }
}
