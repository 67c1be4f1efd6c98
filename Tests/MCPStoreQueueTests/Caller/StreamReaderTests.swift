import MCPStoreRedis
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct StreamReaderTests {
    /// Whether the one reader blocks.
    private func blocks(_ fixture: Fixture) async throws -> Bool {
        try await fixture.execute("INFO", "clients").string?.contains("blocked_clients:1") ?? false
    }

    /// A reader on a server of its own, so that no other one blocks there.
    private func withReader(_ body: @Sendable (Fixture, StreamReader, RedisClient) async throws -> Void) async throws {
        let redis = try await RedisServer.start()
        try await withFixture(redis) { fixture in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let client = RedisClient(configuration: fixture.configuration, name: "r", eventLoop: loop, logger: .silent)
            let connection = Task { await client.run() }
            let reader = StreamReader(client: client, socketTimeout: .seconds(10), eventLoop: loop, logger: .silent)
            try await body(fixture, reader, client)
            reader.stop()
            connection.cancel()
            await connection.value
        }
        await redis.stop()
    }

    @Test func `of many quiet streams only those are read of which something is expected, at once`() async throws {
        try await withReader { fixture, reader, client in
            let (events, arrived) = AsyncStream.makeStream(of: String.self)
            let keys = (0..<20).map { "quiet:\($0)" }
            for key in keys {
                reader.add(key, from: "0", isQuiet: true) { entries in
                    for entry in entries { arrived.yield("\(key) \(entry.value("n")?.string ?? "")") }
                }
            }
            reader.start()
            try await client.waitUntilConnected(timeout: .seconds(10))
            for key in keys { _ = try await fixture.execute("XADD", key, "*", "n", "1") }
            var iterator = events.makeAsyncIterator()
            reader.expect(keys[7], unblocking: fixture.client)
            #expect(await iterator.next() == "quiet:7 1")
            // It blocks on that one now; another is read at once all the same.
            try await eventually("the reader blocks", that: { try await blocks(fixture) })
            reader.expect(keys[3], unblocking: fixture.client)
            #expect(await iterator.next() == "quiet:3 1")
            _ = try await fixture.execute("XADD", keys[7], "*", "n", "2")
            // Nothing came of the others in between, although each has an entry.
            #expect(await iterator.next() == "quiet:7 2")
        }
    }

    @Test func `a stream that is followed ends the read that leaves it out`() async throws {
        try await withReader { fixture, reader, client in
            reader.add("first", from: "0") { _ in }
            reader.start()
            try await client.waitUntilConnected(timeout: .seconds(10))
            try await eventually("the reader blocks", that: { try await blocks(fixture) })
            let (events, arrived) = AsyncStream.makeStream(of: Int.self)
            reader.follow("second", using: fixture.client) { arrived.yield($0.count) }
            try await eventually("its read is ended") {
                try await fixture.execute("INFO", "commandstats").string?.contains("cmdstat_client|unblock:calls=") ?? false
            }
            _ = try await fixture.execute("XADD", "second", "*", "n", "1")
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == 1)
        }
    }

    @Test func `calls of many spaces through one reader are all answered`() async throws {
        try await withFixture { fixture in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let client = RedisClient(configuration: fixture.configuration, name: "c", eventLoop: loop, logger: .silent)
            let following = RedisClient(configuration: fixture.configuration, name: "r", eventLoop: loop, logger: .silent)
            let connections = [Task { await client.run() }, Task { await following.run() }]
            let reader = StreamReader(client: following, socketTimeout: .seconds(10), eventLoop: loop, logger: .silent)
            let services = try (0..<30).map { number in
                ServiceID(
                    space: try Space(namespace: fixture.space.namespace, dataspace: "many-\(number)"),
                    name: "s"
                )
            }
            let worker = try await TestWorker(fixture.configuration, fixture.options(), services: services)
            let (pool, workerID) = (fixture.pool, worker.queue.workerID)
            var queues: [RedisJobQueue] = []
            for service in services {
                let queue = RedisJobQueue(
                    space: service.space,
                    caller: "many",
                    client: client,
                    reader: reader,
                    clock: ServerClock(),
                    socketTimeout: .seconds(10),
                    eventLoop: loop,
                    logger: .silent,
                    hint: { _ in .init(pool: pool, workers: [workerID]) }
                )
                try await queue.open()
                queues.append(queue)
            }
            reader.start()
            for _ in 0..<3 {
                for (queue, service) in zip(queues, services) {
                    #expect(await queue.call(queue.job(service)).kind == .ok)
                }
            }
            await worker.stop()
            for queue in queues { await queue.close() }
            reader.stop()
            for connection in connections {
                connection.cancel()
                await connection.value
            }
        }
    }
}
