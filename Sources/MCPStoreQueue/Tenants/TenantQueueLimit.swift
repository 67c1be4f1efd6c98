import MCPStoreRedis
import NIOConcurrencyHelpers

/// How many jobs a space of a tenant may hold, as operators say: looked at every ten seconds, never before a submission.
final class TenantQueueLimit: Sendable {
    /// Calls of ``tick()``, one a second, between two looks.
    private static let every = 10

    private struct State {
        var limit: Int?
        var ticks = 0
        /// This user may not read it: it holds for those who may.
        var isForbidden = false
    }

    private let namespace: String
    private let pool: Pool
    private let client: RedisClient
    private let state = NIOLockedValueBox(State())

    init(namespace: String, pool: Pool, client: RedisClient) {
        self.namespace = namespace
        self.pool = pool
        self.client = client
    }

    /// `nil` where nothing is said.
    var value: Int? { state.withLockedValue { $0.limit } }

    /// To be called about once a second.
    func tick() {
        let isDue = state.withLockedValue { state in
            state.ticks += 1
            return state.ticks % Self.every == 0 && !state.isForbidden
        }
        if isDue { read() }
    }

    func read() {
        client.send(RedisCommand("HGET", pool.tenants, namespace)) { [state] result in
            switch result {
            case .success(let reply):
                let limit = reply.string.flatMap(RedisTenants.settings)?.maxQueued.map { max($0, 1) }
                state.withLockedValue { $0.limit = limit }
            case .failure(let error):
                if error.serverCode == "NOPERM" { state.withLockedValue { $0.isForbidden = true } }
            }
        }
    }
}
