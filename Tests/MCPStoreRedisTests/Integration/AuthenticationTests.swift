import MCPStoreRedis
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AuthenticationTests {
    private func connect(_ configuration: RedisConfiguration) async throws -> RedisError? {
        try await withRedisClient(configuration) { client in
            await redisError { try await client.waitUntilConnected(timeout: .seconds(10)) }
        }
    }

    @Test func `S12: a password opens the door, a wrong or missing one is told at once`() async throws {
        var options = RedisServer.Options()
        options.password = "open sesame/@:%"
        try await withRedisServer(options) { server in
            let bare = "redis://127.0.0.1:\(server.port)"
            #expect(try await self.connect(RedisConfiguration(url: bare, password: options.password)) == nil)
            #expect(
                try await self.connect(RedisConfiguration(url: "redis://:open%20sesame%2F%40%3A%25@127.0.0.1:\(server.port)"))
                    == nil
            )
            let wrong = try await self.connect(RedisConfiguration(url: bare, password: "hunter2"))
            #expect(wrong?.code == .authenticationFailed)
            #expect(wrong?.serverCode == "WRONGPASS")
            #expect(wrong?.description.contains("hunter2") == false)
            let missing = try await self.connect(RedisConfiguration(url: bare))
            #expect(missing?.code == .authenticationFailed)
            #expect(missing?.message.contains("requires a password") == true)
        }
    }

    @Test func `S12: a password for a server without one is explained`() async throws {
        let server = try await RedisServer.shared()
        let error = try await self.connect(RedisConfiguration(url: server.url, password: "x"))
        #expect(error?.code == .authenticationFailed)
        #expect(error?.message.contains("no password configured") == true)
    }

    @Test func `an ACL user that may only ping gets a connection without ids`() async throws {
        var options = RedisServer.Options()
        options.users = ["app on >secret ~app:* +ping +get"]
        try await withRedisServer(options) { server in
            let events = Events()
            let configuration = try RedisConfiguration(url: "redis://app:secret@127.0.0.1:\(server.port)")
            try await withRedisClient(configuration, onEvent: { events.add($0) }) { client in
                let identity = try #require(await events.nextConnected())
                #expect(identity.runID == nil)
                #expect(identity.clientID == nil)
                #expect(try await client.execute(RedisCommand("GET", "app:a")).isNull)
                let error = await redisError { _ = try await client.execute(RedisCommand("GET", "other")) }
                #expect(error?.serverCode == "NOPERM")
            }
        }
    }

    @Test func `a database that does not exist is told at once`() async throws {
        let server = try await RedisServer.shared()
        let error = try await self.connect(RedisConfiguration(url: server.url + "/9999"))
        #expect(error?.code == .badDatabase)
        #expect(error?.message.contains("9999") == true)
    }

    @Test func `run keeps trying, so a password that becomes right is found right`() async throws {
        var options = RedisServer.Options()
        options.users = ["late off >secret ~* +@all"]
        try await withRedisServer(options) { server in
            let events = Events()
            let configuration = try RedisConfiguration(url: "redis://late:secret@127.0.0.1:\(server.port)")
            try await withRedisClient(configuration, onEvent: { events.add($0) }) { client in
                let error = await redisError { try await client.waitUntilConnected(timeout: .seconds(10)) }
                #expect(error?.code == .authenticationFailed)
                try await withRedisClient(server.configuration()) { admin in
                    _ = try await admin.execute(RedisCommand("ACL", "SETUSER", "late", "on"))
                }
                #expect(await events.nextConnected()?.generation == 1)
                #expect(client.isConnected)
            }
        }
    }
}
