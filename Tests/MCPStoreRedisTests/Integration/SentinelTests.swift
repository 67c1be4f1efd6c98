import Logging
import MCPStoreRedis
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(4))) struct SentinelTests {
    @Test func `the master is killed: the client goes on with the new one`() async throws {
        try await withSentinels { setup in
            let events = Events()
            let configuration = try RedisConfiguration(url: setup.url, socketTimeout: .seconds(1))
            try await withRedisClient(configuration, onEvent: { events.add($0) }) { client in
                let first = try #require(await events.nextConnected())
                _ = try await client.execute(RedisCommand("SET", "k", "1"))
                let written = try await client.execute(RedisCommand("WAIT", "2", "10000"), timeout: .seconds(20))
                #expect(written.integer == 2)
                let old = try await setup.master()
                await old.kill()
                _ = await events.nextDisconnected()
                // Waits in the queue until there is a master again.
                let answer = try await client.execute(RedisCommand("INCR", "k"), timeout: .seconds(60))
                #expect(answer.integer == 2)
                let second = try #require(await events.nextConnected())
                #expect(second.runID != first.runID)
                let new = try await setup.waitForFailover(from: old)
                #expect(try await client.execute(RedisCommand("INFO", "server")).string?.contains("tcp_port:\(new.port)") == true)
            }
        }
    }

    @Test func `the master is stopped and goes on: nobody stays with it or writes to it`() async throws {
        try await withSentinels { setup in
            let events = Events()
            // A command that blocks for long: nothing but the Sentinels tells the client that its server is no master any more.
            let configuration = try RedisConfiguration(url: setup.url, socketTimeout: .seconds(20))
            try await withRedisClient(configuration, onEvent: { events.add($0) }) { client in
                _ = await events.nextConnected()
                let old = try await setup.master()
                async let blocked = redisError {
                    _ = try await client.execute(RedisCommand("BLPOP", "q", "60"), timeout: .seconds(90))
                }
                _ = try await withRedisClient(old.configuration()) { try await $0.waitForBlockedClient() }
                old.pause()
                let new = try await setup.waitForFailover(from: old)
                let loss = await events.nextDisconnected()
                #expect(loss?.message.contains("the master is 127.0.0.1:\(new.port)") == true, "\(String(describing: loss))")
                #expect(await blocked?.mayHaveExecuted == true)
                old.resume()
                let identity = try #require(await events.nextConnected())
                for number in 1...50 {
                    #expect(try await client.execute(RedisCommand("INCR", "n"), timeout: .seconds(60)).integer == number)
                }
                #expect(identity.generation == 2)
                // The old master becomes a replica, and has nothing that the new one has not.
                try await setup.waitUntilSteady()
                let role = try await withRedisClient(old.configuration()) { try await $0.execute(RedisCommand("ROLE")) }
                #expect(role.array?.first?.string == "slave")
                #expect(try await client.execute(RedisCommand("GET", "n")).integer == 50)
            }
        }
    }

    @Test func `a replica that a Sentinel still names is refused, and asked for again`() async throws {
        try await withRedisServer { master in
            let replica = try await RedisServer.start(replicaOf: master.port)
            let sentinel = try await ScriptedSentinel.start(ScriptedSentinel.naming("127.0.0.1", replica.port))
            let configuration = try RedisConfiguration(url: "redis+sentinel://127.0.0.1:\(sentinel.port)/main")
            try await withRedisClient(configuration) { client in
                let error = await redisError { try await client.waitUntilConnected(timeout: .seconds(1)) }
                #expect(error?.code == .notConnected)
                #expect(error?.message.contains("is a replica") == true, "\(String(describing: error))")
                sentinel.say(ScriptedSentinel.naming("127.0.0.1", master.port))
                try await client.waitUntilConnected(timeout: .seconds(30))
                #expect(try await client.execute(RedisCommand("SET", "a", "b")).string == "OK")
            }
            try await sentinel.stop()
            await replica.kill()
        }
    }

    @Test func `Redis and its Sentinels have different passwords`() async throws {
        var options = SentinelSetup.Options()
        options.replicas = 1
        options.password = "of-redis"
        options.sentinelPassword = "of-sentinel"
        try await withSentinels(options) { setup in
            try await withRedisClient(RedisConfiguration(url: setup.url)) { client in
                let answer = try await client.execute(RedisCommand("PING"), timeout: .seconds(20))
                #expect(answer.string == "PONG")
            }
            let without = setup.url.split(separator: "?")[0]
            try await withRedisClient(RedisConfiguration(url: String(without))) { client in
                let error = await redisError { try await client.waitUntilConnected(timeout: .seconds(20)) }
                #expect(error?.code == .authenticationFailed, "said at once: waiting does not heal it")
                #expect(error?.message.contains("sentinel_password") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func `Sentinels are reached over TLS where Redis is`() async throws {
        var options = RedisServer.Options()
        options.tls = true
        try await withRedisServer(options) { server in
            // A Redis server speaks TLS but is no Sentinel, and says so in the answer that came over TLS.
            let tls = TLSOptions(caFile: try #require(server.certificates).authority)
            let configuration = try RedisConfiguration(url: "rediss+sentinel://127.0.0.1:\(server.tlsPort)/main", tls: tls)
            try await withRedisClient(configuration) { client in
                let error = await redisError { try await client.waitUntilConnected(timeout: .seconds(2)) }
                #expect(error?.message.contains("is it a Sentinel?") == true, "\(String(describing: error))")
            }
            let untrusted = try RedisConfiguration(url: "rediss+sentinel://127.0.0.1:\(server.tlsPort)/main")
            try await withRedisClient(untrusted) { client in
                let error = await redisError { try await client.waitUntilConnected(timeout: .seconds(10)) }
                #expect(error?.code == .tlsFailed)
                #expect(error?.message.contains("not trusted") == true, "\(String(describing: error))")
            }
        }
    }
}
