import MCPStoreRedis

/// What the known keys of a space take in Redis.
package struct SpaceMemory: Sendable, Equatable {
    /// Keys that exist.
    package var keys = 0
    /// Bytes, by `MEMORY USAGE`; estimated from a sample where there are many keys.
    package var bytes = 0
    package var isEstimated = false
    /// What Redis itself uses in all, and may use (0: no limit).
    package var used = 0
    package var limit = 0

    /// More keys are sampled: each one costs a command.
    private static let mostMeasured = 2000
    private static let page = 500

    /// - Throws: `RedisError`.
    init(of names: [String], _ client: RedisClient) async throws(RedisError) {
        var there: [String] = []
        for start in stride(from: 0, to: names.count, by: Self.page) {
            let page = Array(names[start..<min(start + Self.page, names.count)])
            let replies = await client.pipeline(page.map { RedisCommand("EXISTS", $0) })
            for (name, reply) in zip(page, replies) where try reply.get().integer == 1 { there.append(name) }
        }
        keys = there.count
        isEstimated = there.count > Self.mostMeasured
        let step = max(there.count / Self.mostMeasured, 1)
        let sample = isEstimated ? stride(from: 0, to: there.count, by: step).map { there[$0] } : there
        for start in stride(from: 0, to: sample.count, by: Self.page) {
            let page = sample[start..<min(start + Self.page, sample.count)]
            for reply in await client.pipeline(page.map { RedisCommand("MEMORY", "USAGE", $0) }) {
                bytes += try reply.get().integer ?? 0
            }
        }
        if isEstimated, !sample.isEmpty { bytes = bytes * there.count / sample.count }
        let info = try await client.execute(RedisCommand("INFO", "memory")).string ?? ""
        for line in info.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[1]) else { continue }
            if parts[0] == "used_memory" { used = number }
            if parts[0] == "maxmemory" { limit = number }
        }
    }
}
