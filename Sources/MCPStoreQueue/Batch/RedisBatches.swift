import MCPStoreRedis
import NIOCore

/// The batches of one space: small records with counters, which expire, so that any machine sees how far they have come.
package struct RedisBatches: Sendable {
    /// How long a record is kept after the last news of its batch, in milliseconds: 7 days. The records of its calls are kept
    /// for twice that, so that while this one is there, they are.
    package static let retention = 7 * 86_400_000
    /// A command asks before it goes on when it has heard nothing from Redis for so long, in milliseconds: another one is believed to
    /// be alive for a little longer.
    package static let confidence = 3000
    private static let patience = 5000
    /// More are not listed.
    package static let mostListed = 1000
    /// Keys that are deleted in one command.
    private static let page = 500

    private let keys: SpaceKeys
    private let client: RedisClient

    package init(space: Space, client: RedisClient) {
        keys = SpaceKeys(space)
        self.client = client
    }

    /// Says how far a batch has come.
    ///
    /// - Parameters:
    ///   - run: The name of this life of the batch, which no other has, `.`, and what tells its journal from others.
    ///   - earlier: Those that it goes on with: of nobody else it takes the batch.
    /// - Returns: When its record was made, by which one tells whether it was lost meanwhile; whether it is to be cancelled; and, where one
    ///   of the earlier ones may be alive and nothing was written, in how many milliseconds to ask again.
    /// - Throws: ``QueueError``: `conflict` where another command has gone on with the batch; `redis`.
    package func put(
        _ record: BatchRecord,
        run: String,
        after earlier: [String] = []
    ) async throws(QueueError) -> (created: Int, isCancelling: Bool, wait: Int) {
        var arguments: [RedisArgument] = [.string(record.id), .int(Self.retention), .int(Self.mostListed)]
        arguments += [.string(run), .string(earlier.joined(separator: " ")), .int(Self.patience)]
        for (name, value) in record.fields { arguments += [.string(name), .string(value)] }
        let reply: RESPReply
        do {
            reply = try await client.evaluate(
                Scripts.batchPut,
                keys: [keys.batch(record.id), keys.batches],
                arguments: arguments
            )
        } catch {
            throw QueueError(error)
        }
        let words = reply.array.map(Array.init) ?? []
        guard words.count == 6, let created = words[0].string.flatMap({ Int($0) }) else {
            throw QueueError(.redis, "the script batch_put answered with something unexpected")
        }
        if words[2].string == "TAKEN" {
            let place = "\(words[3].string ?? "?"), process \(words[4].string ?? "?")"
            throw QueueError(
                .conflict,
                "the batch '\(record.id)' was gone on with elsewhere (\(place)), from where these files are: go on there, or with its answers and journal"
            )
        }
        return (created, words[1].string == "1", max(words[5].string.flatMap { Int($0) } ?? 0, 0))
    }

    /// One batch; `nil` where there is none (any more).
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func batch(_ id: String) async throws(QueueError) -> BatchRecord? {
        BatchRecord(id: id, Self.texts(try await execute(RedisCommand("HGETALL", keys.batch(id)))))
    }

    /// The batches of the space, those with the last news first.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func list(limit: Int) async throws(QueueError) -> [BatchRecord] {
        let last = String(min(max(limit, 1), Self.mostListed) - 1)
        let ids = Self.texts(try await execute(RedisCommand("ZREVRANGE", keys.batches, "0", last)))
        var records: [BatchRecord] = []
        for (id, result) in zip(ids, await client.pipeline(ids.map { RedisCommand("HGETALL", keys.batch($0)) })) {
            do {
                if let record = BatchRecord(id: id, Self.texts(try result.get())) { records.append(record) }
            } catch {
                throw QueueError(error)
            }
        }
        return records
    }

    /// Asks the command that runs a batch to cancel it.
    ///
    /// - Returns: Whether there is such a batch.
    /// - Throws: ``QueueError`` (`redis`).
    package func cancel(_ id: String) async throws(QueueError) -> Bool {
        do {
            return try await client.evaluate(Scripts.batchCancel, keys: [keys.batch(id)], arguments: []).integer == 1
        } catch {
            throw QueueError(error)
        }
    }

    /// Takes back that a batch is to be cancelled: it is resumed.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func resume(_ id: String) async throws(QueueError) {
        _ = try await execute(RedisCommand("HDEL", keys.batch(id), "cancel"))
    }

    /// Deletes the records of calls whose answers are kept elsewhere now.
    ///
    /// - Throws: ``QueueError`` (`redis`): some may be left, which expire.
    package func forget(_ records: [String]) async throws(QueueError) {
        for start in stride(from: 0, to: records.count, by: Self.page) {
            var command = RedisCommand("UNLINK", argumentCapacity: Self.page * 80)
            for record in records[start..<min(start + Self.page, records.count)] { command.append(keys.record(record)) }
            _ = try await execute(command)
        }
    }

    private static func texts(_ reply: RESPReply) -> [String] { reply.array?.map { $0.string ?? "" } ?? [] }

    private func execute(_ command: RedisCommand) async throws(QueueError) -> RESPReply {
        do { return try await client.execute(command) } catch { throw QueueError(error) }
    }
}
