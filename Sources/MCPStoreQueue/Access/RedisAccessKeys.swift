import Foundation
import MCPStoreRedis
import NIOCore

/// The API keys of a cluster: one hash, `{pool}:keys`, from a key's id to what is stored of it.
package struct RedisAccessKeys: Sendable {
    private let pool: Pool
    private let client: RedisClient

    package init(_ pool: Pool, client: RedisClient) {
        self.pool = pool
        self.client = client
    }

    /// Stores a new key.
    ///
    /// - Throws: ``QueueError``: `conflict`, `redis`.
    package func add(_ key: AccessKey) async throws(QueueError) {
        let document: String
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            document = String(decoding: try encoder.encode(key), as: UTF8.self)
        } catch {
            throw QueueError(.rejected, "the key cannot be written as JSON: \(error)")
        }
        guard try await execute(RedisCommand("HSETNX", pool.keys, key.id, document)).integer == 1 else {
            throw QueueError(.conflict, "there is a key '\(key.id)' already: try again")
        }
    }

    /// The key of that id; `nil` where there is none, or it is unreadable.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func find(_ id: String) async throws(QueueError) -> AccessKey? {
        try await execute(RedisCommand("HGET", pool.keys, id)).bytes.flatMap(Self.read)
    }

    /// All keys, by name and id.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func all() async throws(QueueError) -> [AccessKey] {
        let documents = try await execute(RedisCommand("HVALS", pool.keys)).array?.compactMap(\.bytes) ?? []
        return documents.compactMap(Self.read).sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Takes a key away.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``QueueError`` (`redis`).
    package func remove(_ id: String) async throws(QueueError) -> Bool {
        try await execute(RedisCommand("HDEL", pool.keys, id)).integer == 1
    }

    /// A key of a newer version with roles that are not known here is none (invariant I13, and rather less than more).
    private static func read(_ document: ByteBuffer) -> AccessKey? {
        do { return try JSONDecoder().decode(AccessKey.self, from: Data(document.readableBytesView)) } catch { return nil }
    }

    private func execute(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }
}
