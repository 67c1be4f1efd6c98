import MCPStore
import MCPStoreRedis
import TestSupport

/// What Redis says of the cluster.
extension ClusterFixture {
    /// The ids of the workers that say a service is ready on them.
    func hosts(_ service: String) async throws -> [String] {
        try await self.withRedis { client in
            let reply = try await client.execute(RedisCommand("HGETALL", "\(self.space):services:\(service):state"))
            let words = reply.array?.compactMap(\.string) ?? []
            var hosts: [String] = []
            for index in stride(from: 0, to: words.count - 1, by: 2) where words[index].hasPrefix("worker:") {
                if words[index + 1].contains(#""status":"healthy""#) {
                    hosts.append(String(words[index].dropFirst("worker:".count)))
                }
            }
            return hosts.sorted()
        }
    }

    /// Waits until that many workers host a service.
    @discardableResult
    func waitForHosts(_ service: String, _ count: Int) async throws -> [String] {
        try await eventually("\(count) hosts of \(service)") {
            let hosts = try await self.hosts(service)
            return hosts.count == count ? hosts : nil
        }
    }

    /// Waits until no key is left of a worker, and nobody names it.
    func waitUntilForgotten(_ worker: String) async throws {
        var left: [String] = []
        do {
            try await eventually("the keys of worker \(worker) are gone", within: .seconds(20)) {
                left = try await self.traces(of: worker)
                return left.isEmpty
            }
        } catch let error as NotInTime {
            throw NotInTime(description: "\(error): \(left)")
        }
    }

    private func traces(of worker: String) async throws -> [String] {
        try await self.withRedis { client in
            var left = try await client.execute(RedisCommand("KEYS", "*\(worker)*")).array?.compactMap(\.string) ?? []
            for (name, command) in [
                ("leases", RedisCommand("ZSCORE", "\(self.pool):leases", worker)),
                ("expired", RedisCommand("SMISMEMBER", "\(self.pool):expired", worker)),
            ] {
                let reply = try await client.execute(command)
                if reply.string != nil || reply.array?.first?.integer == 1 { left.append(name) }
            }
            let services = try await client.execute(RedisCommand("SMEMBERS", "\(self.space):services"))
            for service in services.array?.compactMap(\.string) ?? [] {
                let state = RedisCommand("HEXISTS", "\(self.space):services:\(service):state", "worker:\(worker)")
                if try await client.execute(state).integer == 1 { left.append("state of \(service)") }
            }
            return left
        }
    }

    /// Jobs in both lanes of a service.
    func jobsLeft(_ service: String) async throws -> Int {
        try await self.withRedis { client in
            var count = 0
            for lane in ["\(self.space):jobs:\(service)", "\(self.space):jobs:\(service):batch"] {
                count += try await client.execute(RedisCommand("XLEN", lane)).integer ?? 0
            }
            return count
        }
    }
}
