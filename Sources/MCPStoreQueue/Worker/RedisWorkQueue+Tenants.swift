import MCPStoreRedis

/// Weights and limits of tenants.
extension RedisWorkQueue {
    /// Looks whether what is said of tenants was changed; one small command every third of the lease.
    func readTenants() {
        let tenants = options.pool.tenants
        commands.send(RedisCommand("HGET", tenants, RedisTenants.version)) { [weak self] result in
            guard case .success(let reply) = result else { return }
            let version = reply.string ?? ""
            self?.assumeIsolated { queue in
                guard version != queue.tenantsVersion else { return }
                queue.commands.send(RedisCommand("HGETALL", tenants)) { [weak queue] result in
                    guard case .success(let reply) = result else { return }
                    queue?.assumeIsolated { $0.take(RedisTenants.read(reply), version) }
                }
            }
        }
    }

    private func take(_ settings: [String: TenantSettings], _ version: String) {
        tenantsVersion = version
        planner.setWeights(settings.mapValues(\.share).filter { $0.value != 1 })
        let watchedAll = planner.watchesAll
        limits.setTenants(settings.mapValues(\.limit).filter { !$0.value.isEmpty })
        for service in planner.openServices where !limits.isEmpty { allowReads(service, now: ServerClock.boot()) }
        if watchedAll, !planner.watchesAll { handlers?.mustBeRung() }
        schedulePump()
    }
}
