import MCPStoreQueue
import MCPStoreRedis

/// The changes of a space that were written before now and have not come through the reader yet.
struct UnreadChanges: Sendable {
    /// With as many there may be more.
    static let most = SnapshotFollower.largeBatch

    let space: Space
    let client: RedisClient
    let reader: StreamReader

    /// Reads them; none while the reader does not follow the changes.
    ///
    /// Both connections share an event loop: what the reader has read is with its handlers before this answer comes.
    /// - Throws: ``QueueError`` (`redis`).
    func read() async throws(QueueError) -> [StreamReader.Entry] {
        let key = SpaceKeys(space).changes
        guard let position = reader.position(of: key) else { return [] }
        do {
            let reply = try await client.execute(
                RedisCommand("XRANGE", key, "(" + position, "+", "COUNT", String(Self.most))
            )
            return reply.array?.compactMap(StreamReader.Entry.init) ?? []
        } catch {
            throw QueueError(error)
        }
    }
}
