import Foundation
import MCPStoreRedis

/// What operators have said of tenants: one hash of the pool. Workers look every third of their lease whether it was changed.
package struct RedisTenants: Sendable {
    /// The field that changes with every write. No namespace has a colon.
    static let version = ":version"

    private let pool: Pool
    private let client: RedisClient

    package init(_ pool: Pool, client: RedisClient) {
        self.pool = pool
        self.client = client
    }

    /// - Throws: ``QueueError`` (`redis`).
    package func all() async throws(QueueError) -> [String: TenantSettings] {
        do { return Self.read(try await client.execute(RedisCommand("HGETALL", pool.tenants))) } catch { throw QueueError(error) }
    }

    /// - Throws: ``QueueError`` (`redis`).
    package func settings(_ namespace: String) async throws(QueueError) -> TenantSettings? {
        do {
            let reply = try await client.execute(RedisCommand("HGET", pool.tenants, namespace))
            return reply.string.flatMap(Self.settings)
        } catch { throw QueueError(error) }
    }

    /// Says something of a tenant; `nil` takes all of it back.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func put(_ settings: TenantSettings?, for namespace: String) async throws(QueueError) {
        let version = String(UInt64.random(in: .min ... .max), radix: 36)
        do {
            if let settings {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                let json = String(decoding: try encoder.encode(settings), as: UTF8.self)
                _ = try await client.execute(RedisCommand("HSET", pool.tenants, namespace, json, Self.version, version))
            } else {
                let script = "redis.call('HDEL', KEYS[1], ARGV[1]) return redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])"
                let command = RedisCommand("EVAL", script, "1", pool.tenants, namespace, Self.version, version)
                _ = try await client.execute(command)
            }
        } catch let error as RedisError {
            throw QueueError(error)
        } catch {
            throw QueueError(.rejected, "the settings of a tenant cannot be written as JSON: \(error)")
        }
    }

    /// Reads the reply of HGETALL; what is of another version is left out.
    static func read(_ reply: RESPReply) -> [String: TenantSettings] {
        guard let fields = reply.array else { return [:] }
        var result: [String: TenantSettings] = [:]
        var iterator = fields.makeIterator()
        while let name = iterator.next()?.string, let value = iterator.next()?.string {
            if name != version, let settings = settings(value) { result[name] = settings }
        }
        return result
    }

    static func settings(_ json: String) -> TenantSettings? {
        do { return try JSONDecoder().decode(TenantSettings.self, from: Data(json.utf8)) } catch { return nil }
    }
}
