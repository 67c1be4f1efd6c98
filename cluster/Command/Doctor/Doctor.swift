import MCPStoreQueue
import MCPStoreRedis

/// Runs all checks over one connection. Nothing is changed.
struct Doctor: Sendable {
    let client: RedisClient
    let space: Space
    /// The pool of the cluster's processes.
    let pool: Pool
    /// The most keys of Redis that are looked at.
    let scanLimit: Int

    var configuration: RedisConfiguration { client.configuration }
    var keys: SpaceKeys { SpaceKeys(space) }

    /// All findings, in the order in which trouble usually hangs together: Redis first.
    func examine() async -> [Finding] {
        let endpoint = configuration.description
        do throws(RedisError) {
            try await client.waitUntilConnected(timeout: configuration.socketTimeout)
        } catch {
            let advice =
                switch error.code {
                case .authenticationFailed: "give the right user and password (--redis URL, MCPSTORE_REDIS_PASSWORD)"
                case .tlsFailed: "correct the tls options of the configuration: ca_file, cert_file, key_file, server_name"
                case .badDatabase: "use a database that Redis has and the user may use"
                case _ where error.message.contains("is loading its data"): "wait until it is done, and ask again"
                case _ where error.message.contains("maximum number of clients"): "end clients, or CONFIG SET maxclients"
                default: "start Redis, or correct --redis or MCPSTORE_REDIS_URL"
                }
            return [.fail("redis", "\(endpoint) cannot be used: \(error.message)", advice)]
        }
        var findings: [Finding] = []
        let info = await ServerInfo(client)
        findings += ServerChecks(info: info, endpoint: endpoint).findings()
        findings += await PersistenceCheck(info: info, client: client).findings()
        findings += await LatencyChecks(client: client, socketTimeout: configuration.socketTimeout).findings()
        findings += await TransportCheck(configuration: configuration).findings()
        findings += await AccessCheck(client: client, space: space, pool: pool).findings()
        // Where the clock cannot be asked, access says so.
        let now = await serverTime()
        let services = await ServiceChecks(client: client, space: space).findings()
        let pools = await PoolChecks(client: client, pool: pool, space: space, now: now).findings()
        findings += pools
        findings += await LaneChecks(client: client, space: space, pool: pool, now: now).findings()
        findings += services
        findings += await KeyChecks(client: client, space: space, limit: scanLimit).findings()
        return findings
    }

    /// Milliseconds by Redis' clock.
    private func serverTime() async -> Int {
        do {
            let time = try await client.execute(RedisCommand("TIME")).array
            return (time?.first?.integer ?? 0) * 1000 + (time.map { $0.count > 1 ? $0[1].integer ?? 0 : 0 } ?? 0) / 1000
        } catch {
            return 0
        }
    }

    /// The finding for a check that Redis does not let us make.
    static func unchecked(_ check: String, _ error: any Error) -> Finding {
        let message = (error as? RedisError)?.message ?? (error as? QueueError)?.message ?? "\(error)"
        if (error as? RedisError)?.serverCode == "WRONGTYPE" || message.contains("WRONGTYPE") {
            let advice = "use another namespace or database, or delete what does not belong to MCPStore"
            return .fail(check, "a key is of the wrong type, written by another program", advice)
        }
        return .warn(check, "cannot be checked: \(message)", "let the Redis user do what this check needs, or ask its operator")
    }
}
