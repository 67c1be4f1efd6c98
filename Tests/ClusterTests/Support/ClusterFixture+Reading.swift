import MCPStore
import MCPStoreRedis

/// What tests read from Redis as anybody can.
extension ClusterFixture {
    /// The fields of a hash; empty where there is none.
    func hash(_ key: String) async throws -> [String: String] {
        let reply = try await self.withRedis { try await $0.execute(RedisCommand("HGETALL", key)) }
        let texts = reply.array?.map { $0.string ?? "" } ?? []
        return Dictionary(uniqueKeysWithValues: stride(from: 0, to: texts.count, by: 2).map { (texts[$0], texts[$0 + 1]) })
    }

    /// A string; nil where there is none.
    func string(_ key: String) async throws -> String? {
        try await self.withRedis { try await $0.execute(RedisCommand("GET", key)) }.string
    }

    /// A string that holds JSON.
    func document(_ key: String) async throws -> JSONValue {
        try JSONValue(parsing: Array((try await self.string(key) ?? "").utf8))
    }

    /// The outcomes that the stats of a tool count.
    func outcomes(_ key: String) async throws -> [String: Int] {
        let kinds = ["ok", "toolError", "protocolError", "timedOut", "cancelled", "interrupted", "unavailable"]
        return try await self.hash("\(self.space):tools:\(key):stats").filter { kinds.contains($0.key) }.compactMapValues {
            Int($0)
        }
    }

    /// Waits until `count` jobs were added to the lane of a service, from the start of the cluster on, and are not ended yet.
    func waitForJobs(_ count: Int, of service: String) async throws {
        let lane = "\(self.space):jobs:\(service)"
        try await self.withRedis { redis in
            var last = "0"
            var found = 0
            while found < count {
                let read = RedisCommand("XREAD", "BLOCK", "20000", "STREAMS", lane, last)
                let streams = try await redis.execute(read, timeout: .seconds(25))
                guard let entries = streams.array?.first?.array?[1].array else { return }
                for entry in entries {
                    found += 1
                    last = entry.array?.first?.string ?? last
                }
            }
        }
    }
}
