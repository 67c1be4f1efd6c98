import MCPStoreRedis
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Against the shared server: everything that needs keys only.
@Suite(.timeLimit(.minutes(5))) struct PlainTests {
    @Test func `a value that was set is read back`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration()) { client in
            let status = try await client.execute(RedisCommand("SET", "plain:a", "1"))
            #expect(status.string == "OK")
            #expect(try await client.execute(RedisCommand("GET", "plain:a")).string == "1")
            #expect(try await client.execute(RedisCommand("GET", "plain:none")).isNull)
        }
    }

    @Test func `bytes of any kind and megabytes survive the way there and back`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration(socketTimeout: .seconds(10))) { client in
            for size in [0, 1, 255, 16 * 1024, 100_000, 5_000_000] {
                let value = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
                var command = RedisCommand("SET", "plain:bytes")
                command.append(value)
                _ = try await client.execute(command)
                #expect(try await client.execute(RedisCommand("GET", "plain:bytes")).bytes == value, "\(size) bytes")
            }
        }
    }

    @Test func `an error reply is thrown with its code and was not executed`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration()) { client in
            let error = await redisError {
                _ = try await client.execute(RedisCommand("XREADGROUP", "GROUP", "g", "c", "STREAMS", "plain:nogroup", ">"))
            }
            #expect(error?.code == .server)
            #expect(error?.serverCode == "NOGROUP")
            #expect(error?.mayHaveExecuted == false)
        }
    }

    @Test func `a pipeline gives one result for each command, in order, errors among them`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration()) { client in
            let results = await client.pipeline([
                RedisCommand("SET", "plain:pipe", "x"), RedisCommand("INCR", "plain:pipe"), RedisCommand("GET", "plain:pipe"),
            ])
            #expect(results.count == 3)
            let texts = try [results[0].get().string, results[2].get().string]
            #expect(texts == ["OK", "x"])
            #expect(throws: RedisError.self) { try results[1].get() }
            #expect(await client.pipeline([]).isEmpty)
        }
    }

    @Test func `sixty-four callers at once each get their own answers`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration(socketTimeout: .seconds(10))) { client in
            await withTaskGroup(of: Bool.self) { group in
                for caller in 0..<64 {
                    group.addTask {
                        for turn in 0..<100 {
                            let text = "\(caller)/\(turn)"
                            let reply = await redisReply { try await client.execute(RedisCommand("ECHO", text)) }
                            if reply != text { return false }
                        }
                        return true
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `commands of one thread run in the order in which they were sent`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration(socketTimeout: .seconds(10))) { client in
            _ = try await client.execute(RedisCommand("DEL", "plain:order"))
            for number in 0..<2000 {
                var command = RedisCommand("RPUSH", "plain:order")
                command.append(number)
                client.send(command) { _ in }
            }
            let list = try await client.execute(RedisCommand("LRANGE", "plain:order", "0", "-1"))
            #expect(list.array?.map(\.integer) == Array(0..<2000))
        }
    }

    @Test func `completions of sent commands run on the event loop, in order`() async throws {
        let server = try await RedisServer.shared()
        let events = AsyncStream<Int>.makeStream()
        try await withRedisClient(server.configuration()) { client in
            for number in 0..<100 {
                client.send(RedisCommand("PING")) { result in
                    if case .success = result { events.continuation.yield(number) }
                    if number == 99 { events.continuation.finish() }
                }
            }
            var seen: [Int] = []
            for await number in events.stream { seen.append(number) }
            #expect(seen == Array(0..<100))
        }
    }

    @Test func `a script runs by its SHA-1, also after SCRIPT FLUSH`() async throws {
        try await withRedisServer { server in
            try await withRedisClient(server.configuration()) { client in
                let script = RedisScript(name: "sum", source: Array("return redis.call('INCRBY', KEYS[1], ARGV[1])".utf8))
                #expect(try await client.evaluate(script, keys: ["n"], arguments: [5]).integer == 5)
                _ = try await client.execute(RedisCommand("SCRIPT", "FLUSH", "SYNC"))
                #expect(try await client.evaluate(script, keys: ["n"], arguments: [5]).integer == 10)
                let known = try await client.execute(RedisCommand("SCRIPT", "EXISTS", script.sha1))
                #expect(known.array?.first?.integer == 1)
            }
        }
    }

    @Test func `many calls of an unknown script at once all run exactly once`() async throws {
        try await withRedisServer { server in
            try await withRedisClient(server.configuration()) { client in
                let script = RedisScript(name: "count", source: Array("return redis.call('INCR', KEYS[1])".utf8))
                let values = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for _ in 0..<100 { group.addTask { try await client.evaluate(script, keys: ["n"], arguments: []).integer } }
                    return try await group.reduce(into: Set<Int?>()) { $0.insert($1) }
                }
                #expect(values == Set(1...100))
            }
        }
    }

    @Test func `a script that fails on its way may have executed`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(server.configuration()) { client in
            let source = "redis.call('SET', KEYS[1], 'x'); return redis.call('INCR', KEYS[1])"
            let script = RedisScript(name: "fails", source: Array(source.utf8))
            let error = await redisError { _ = try await client.evaluate(script, keys: ["plain:fails"], arguments: []) }
            #expect(error?.code == .server)
            #expect(error?.mayHaveExecuted == true)
        }
    }

    @Test func `a Unix socket works like a port`() async throws {
        try await withRedisServer { server in
            let configuration = try RedisConfiguration(url: "unix://\(server.socketPath)?db=3")
            try await withRedisClient(configuration) { client in
                _ = try await client.execute(RedisCommand("SET", "a", "3"))
                #expect(client.configuration.isLoopback)
            }
            try await withRedisClient(RedisConfiguration(url: server.url + "/3")) { client in
                let value = try await client.execute(RedisCommand("GET", "a")).string
                #expect(value == "3")
            }
        }
    }

    @Test func `the event tells run id and client id, and the server knows the client's name`() async throws {
        let server = try await RedisServer.shared()
        let events = Events()
        let configuration = try RedisConfiguration(url: server.url, clientName: "mcpstore")
        try await withRedisClient(configuration, name: "reader 1", onEvent: { events.add($0) }) { client in
            let identity = try #require(await events.nextConnected())
            #expect(identity.generation == 1)
            #expect(identity.runID?.count == 40)
            #expect(try await client.execute(RedisCommand("CLIENT", "ID")).integer == identity.clientID)
            #expect(try await client.execute(RedisCommand("CLIENT", "GETNAME")).string == "mcpstore:reader-1")
        }
    }

    @Test func `run ends with its task, and everything fails from then on`() async throws {
        let server = try await RedisServer.shared()
        let client = try RedisClient(
            configuration: server.configuration(),
            name: "ends",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: .quiet
        )
        let running = Task { await client.run() }
        try await client.waitUntilConnected(timeout: .seconds(5))
        let blocked = Outcome()
        client.send(RedisCommand("BLPOP", "plain:never", "0"), timeout: .seconds(50)) { blocked.add($0) }
        running.cancel()
        await running.value
        #expect(["connectionLost?", "closed"].contains(blocked.texts.joined()))
        #expect(await redisError { _ = try await client.execute(RedisCommand("PING")) }?.code == .closed)
        #expect(!client.isConnected)
    }
}

/// The text of a reply, or of the error.
func redisReply(_ body: () async throws -> RESPReply) async -> String? {
    do {
        return try await body().string
    } catch {
        return "\(error)"
    }
}
