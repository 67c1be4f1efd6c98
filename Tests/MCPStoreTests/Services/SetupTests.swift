import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// How a store connects, or says why not.
struct SetupTests {
    private func failure(_ options: RedisOptions) async -> MCPStoreError? {
        var options = options
        options.fallback = false
        do {
            let store = try await MCPStore.setup(redis: options, logger: .silent)
            await store.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func `Redis that is not there is an error within the socket timeout`() async throws {
        let options = RedisOptions(url: "redis://127.0.0.1:\(try freePort())", socketTimeout: .seconds(5))
        let clock = ContinuousClock()
        let start = clock.now
        let error = await failure(options)
        #expect(error?.code == .redis)
        #expect(error?.message.contains("refused the connection") == true)
        #expect(clock.now - start < .seconds(30))
    }

    @Test func `A wrong password is said at once and never shown`() async throws {
        var server = RedisServer.Options()
        server.password = "right-secret"
        try await withRedisServer(server) { server in
            let url = "redis://127.0.0.1:\(server.port)"
            let wrong = await failure(RedisOptions(url: url, password: "wrong-secret", socketTimeout: .seconds(20)))
            #expect(wrong?.code == .redis)
            #expect(wrong?.message.contains("secret") == false)
            #expect(await failure(RedisOptions(url: url, password: "right-secret")) == nil)
            #expect(await failure(RedisOptions(url: server.url)) == nil)
        }
    }

    @Test func `A wrong URL or name is a wrong configuration`() async {
        #expect(await failure(RedisOptions(url: "http://h"))?.code == .badConfiguration)
        #expect(await failure(RedisOptions(url: "redis://h", namespace: "a b"))?.code == .invalidName)
        #expect(await failure(RedisOptions(url: "redis://h", cluster: ""))?.code == .invalidName)
        #expect(await failure(RedisOptions(url: "redis://h", tls: .init(caFile: "/x")))?.code == .badConfiguration)
    }

    @Test func `S7: stores of one space meet and stores of other namespaces do not`() async throws {
        try await withStore { fixture in
            try await fixture.context.addService(["name": "s", "command": "x"])
            let same = try await MCPStore.setup(redis: fixture.options, logger: .silent)
            var options = fixture.options
            options.namespace += "-other"
            let other = try await MCPStore.setup(redis: options, logger: .silent)
            #expect(try await same.forStore().listServices().map(\.name) == ["s"])
            #expect(try await other.forStore().listServices().isEmpty)
            await same.close()
            await other.close()
        }
    }

    @Test func `Closing a store ends calls that wait, also where Redis is gone`() async throws {
        try await withRedisServer { server in
            try await withStore(server, socketTimeout: .seconds(2)) { fixture in
                try await fixture.add("s", tools: ["get"])
                try await fixture.follower.reload()
                let context = fixture.context
                let call = Task { try await context.useTool("get", timeout: .seconds(600)) }
                let lane = SpaceKeys(fixture.space).jobs("s", .interactive)
                _ = try await fixture.client.execute(
                    RedisCommand("XREAD", "BLOCK", "10000", "STREAMS", lane, "0"),
                    timeout: .seconds(20)
                )
                await server.kill()
                await context.store.close()
                let error = await #expect(throws: MCPStoreError.self) { try await call.value }
                #expect(error?.code == .closed)
            }
        }
    }

    @Test func `A store that is closed leaves no inbox and no connection`() async throws {
        try await withRedisServer { server in
            let options = RedisOptions(url: server.url, namespace: "n", dataspace: "d", embedded: false)
            let store = try await MCPStore.setup(redis: options, logger: .silent)
            try await withRedisClient(try server.configuration()) { client in
                let open = try await client.execute(RedisCommand("KEYS", "*")).array?.count
                #expect(open == 1)
                await store.close()
                let left = try await client.execute(RedisCommand("KEYS", "*")).array?.compactMap(\.string)
                #expect(left == [])
                // The server sees the end of a connection a moment later.
                let deadline = ContinuousClock.now + .seconds(20)
                var clients = "mcpstore:store"
                while clients.contains("mcpstore:store"), ContinuousClock.now < deadline {
                    clients = try await client.execute(RedisCommand("CLIENT", "LIST")).string ?? ""
                }
                #expect(!clients.contains("mcpstore:store"))
            }
        }
    }
}
