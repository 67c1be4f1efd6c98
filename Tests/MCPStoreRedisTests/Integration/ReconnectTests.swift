import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ReconnectTests {
    @Test func `nothing listening, an unknown host and a missing socket each give one clear line`() async throws {
        let port = try freePort()
        for (url, words) in [
            ("redis://127.0.0.1:\(port)", "refused the connection"), ("redis://no-such-host.invalid", "cannot be resolved"),
            ("unix:///nowhere/redis.sock", "no Unix socket"),
        ] {
            let error = try await withRedisClient(RedisConfiguration(url: url)) { client in
                await redisError { try await client.waitUntilConnected(timeout: .milliseconds(1000)) }
            }
            #expect(error?.code == .notConnected)
            #expect(error?.mayHaveExecuted == false)
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func `a server that is restarted is found again, as another process`() async throws {
        try await withRedisServer { server in
            let events = Events()
            try await withRedisClient(server.configuration(), onEvent: { events.add($0) }) { client in
                let first = try #require(await events.nextConnected())
                await server.stop()
                #expect(await events.nextDisconnected()?.code == .connectionLost)
                #expect(!client.isConnected)
                // Waits in the queue for the next connection.
                async let answer = client.execute(RedisCommand("PING"), timeout: .seconds(20))
                try await server.restart()
                let second = try #require(await events.nextConnected())
                #expect(second.generation == 2)
                #expect(second.runID != first.runID)
                #expect(try await answer.string == "PONG")
            }
        }
    }

    @Test func `a killed connection fails what was written, never sends it again, and comes back`() async throws {
        try await withRedisServer { server in
            let events = Events()
            try await withRedisClient(server.configuration(), onEvent: { events.add($0) }) { client in
                let identity = try #require(await events.nextConnected())
                try await withRedisClient(server.configuration(), name: "killer") { killer in
                    async let blocked = redisError {
                        _ = try await client.execute(RedisCommand("BLPOP", "q", "30"), timeout: .seconds(40))
                    }
                    _ = try await killer.waitForBlockedClient()
                    _ = try await killer.execute(RedisCommand("CLIENT", "KILL", "ID", "\(identity.clientID ?? 0)"))
                    let error = await blocked
                    #expect(error?.code == .connectionLost)
                    #expect(error?.mayHaveExecuted == true)
                    #expect(await events.nextConnected()?.generation == 2)
                    // Had the BLPOP been sent again, this would go to it.
                    _ = try await killer.execute(RedisCommand("RPUSH", "q", "x"))
                    #expect(try await client.execute(RedisCommand("LLEN", "q")).integer == 1)
                }
            }
        }
    }

    @Test func `S11: a frozen server costs its deadline, and is used again when it goes on`() async throws {
        try await withRedisServer { server in
            let events = Events()
            let configuration = try server.configuration(socketTimeout: .milliseconds(400))
            try await withRedisClient(configuration, onEvent: { events.add($0) }) { client in
                _ = await events.nextConnected()
                server.pause()
                let error = await redisError { _ = try await client.execute(RedisCommand("INCR", "n")) }
                #expect(error?.code == .timedOut)
                #expect(error?.mayHaveExecuted == true)
                #expect(await events.nextDisconnected()?.message.contains("sent nothing") == true)
                let unsent = await redisError { _ = try await client.execute(RedisCommand("INCR", "n")) }
                #expect(unsent?.mayHaveExecuted == false)
                server.resume()
                #expect(await events.nextConnected()?.generation == 2)
                let number = try await client.execute(RedisCommand("GET", "n"), timeout: .seconds(10)).integer
                #expect(number == 1 || number == nil, "the written INCR ran once or was lost; the unwritten one never ran")
            }
        }
    }

    @Test func `S11: a server that accepts and never answers is not waited for longer than asked`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(port)", socketTimeout: .milliseconds(200))
        try await withRedisClient(configuration) { client in
            let error = await redisError { try await client.waitUntilConnected(timeout: .milliseconds(800)) }
            #expect(error?.code == .notConnected)
            #expect(error?.message.contains("did not answer in time") == true, "\(String(describing: error))")
        }
        try await listener.close()
    }

    @Test func `a peer with another protocol is named`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.writeAndFlush(ByteBuffer(string: "SSH-2.0-OpenSSH\r\n"), promise: nil)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await withRedisClient(RedisConfiguration(url: "redis://127.0.0.1:\(port)")) { client in
            let error = await redisError { try await client.waitUntilConnected(timeout: .milliseconds(800)) }
            #expect(error?.message.contains("Redis protocol") == true, "\(String(describing: error))")
        }
        try await listener.close()
    }

    @Test func `a replica that refuses writes is left and connected to anew`() async throws {
        try await withRedisServer { server in
            let events = Events()
            try await withRedisClient(server.configuration(), onEvent: { events.add($0) }) { client in
                _ = await events.nextConnected()
                let port = try freePort()
                _ = try await client.execute(RedisCommand("REPLICAOF", "127.0.0.1", "\(port)"))
                let error = await redisError { _ = try await client.execute(RedisCommand("SET", "a", "1")) }
                #expect(error?.serverCode == "READONLY")
                #expect(error?.mayHaveExecuted == false)
                #expect(await events.nextDisconnected()?.code == .serverNotReady)
                #expect(await events.nextConnected()?.generation == 2)
                _ = try await client.execute(RedisCommand("REPLICAOF", "NO", "ONE"))
                #expect(try await client.execute(RedisCommand("SET", "a", "1")).string == "OK")
            }
        }
    }

    @Test func `a cancelled blocking command resumes at once and the one behind it is answered`() async throws {
        try await withRedisServer { server in
            try await withRedisClient(server.configuration(socketTimeout: .seconds(20))) { client in
                try await client.waitUntilConnected(timeout: .seconds(5))
                try await withRedisClient(server.configuration(), name: "helper") { helper in
                    let blocked = Task {
                        await redisError { _ = try await client.execute(RedisCommand("BLPOP", "q", "30"), timeout: .seconds(40)) }
                    }
                    _ = try await helper.waitForBlockedClient()
                    let behind = Task { await redisReply { try await client.execute(RedisCommand("ECHO", "behind")) } }
                    blocked.cancel()
                    let error = await blocked.value
                    #expect(error?.code == .cancelled)
                    #expect(error?.mayHaveExecuted == true)
                    // Its reply goes to nobody, and the next reply to the next command.
                    _ = try await helper.execute(RedisCommand("RPUSH", "q", "x"))
                    #expect(await behind.value == "behind")
                    #expect(client.isConnected)
                }
            }
        }
    }

    @Test func `a cancelled command that was not written is not executed`() async throws {
        try await withRedisServer { server in
            await server.stop()
            try await withRedisClient(server.configuration()) { client in
                let waiting = Task {
                    await redisError { _ = try await client.execute(RedisCommand("INCR", "n"), timeout: .seconds(40)) }
                }
                waiting.cancel()
                let error = await waiting.value
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveExecuted == false)
                let already = await Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await client.pipeline([RedisCommand("INCR", "n"), RedisCommand("INCR", "n")])
                }.value
                #expect(already.count == 2)
                try await server.restart()
                #expect(try await client.execute(RedisCommand("GET", "n"), timeout: .seconds(10)).isNull)
            }
        }
    }

    @Test func `a server that is loading its data is waited for`() async throws {
        var options = RedisServer.Options()
        options.appendOnly = true
        // One millisecond a command; Redis looks at its connections after each 1024 of them.
        options.arguments = ["--key-load-delay", "1000"]
        try await withRedisServer(options) { server in
            try await withRedisClient(server.configuration(socketTimeout: .seconds(20))) { client in
                _ = await client.pipeline((0..<4000).map { RedisCommand("SET", "key\($0)", "1") })
            }
            await server.kill()
            let lines = NIOLockedValueBox<[String]>([])
            let logger = Logger(label: "test", factory: { _ in RecordingLogHandler(lines: lines) })
            // The fixture's restart returns when loading is over, so the client is there before.
            try await withRedisClient(server.configuration(socketTimeout: .seconds(5)), logger: logger) { client in
                async let value = client.execute(RedisCommand("GET", "key3999"), timeout: .seconds(40))
                try await server.restart()
                let text = try await value.string
                #expect(text == "1")
            }
            let warnings = lines.withLockedValue { $0 }.filter { $0.contains("is loading its data") }
            #expect(!warnings.isEmpty, "the client met the server while it was loading")
        }
    }
}

extension RedisClient {
    /// Waits until some client blocks in the server. Each look is a round trip; the test's time limit bounds them.
    func waitForBlockedClient() async throws {
        while true {
            let info = try await self.execute(RedisCommand("INFO", "clients")).string ?? ""
            if info.contains("blocked_clients:1") { return }
        }
    }
}
