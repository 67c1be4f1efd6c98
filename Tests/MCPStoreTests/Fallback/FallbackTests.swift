import Logging
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// S14: Redis that cannot be reached, at the start and later.
@Suite(.timeLimit(.minutes(5))) struct FallbackTests {
    @Test(arguments: [RedisAtStart.refusing, .hanging, .locked])
    func `S14: a store whose Redis cannot be used at the start goes on in memory with one warning`(_ start: RedisAtStart)
        async throws
    {
        try await withFallbackStore(start) { fixture in
            #expect(fixture.store.usesMemory)
            try await fixture.add("tools")
            #expect(try await fixture.context.callTool("echo", ["text": "hello"]).text == "hello")
            #expect(try await fixture.context.listServices().map(\.name) == ["tools"])
            #expect(fixture.warnings.count == 1, "\(fixture.warnings)")
            let warning = try #require(fixture.warnings.first)
            #expect(warning.contains("goes on in memory"))
            #expect(warning.contains("127.0.0.1:\(fixture.server.port)"))
            if start == .locked { #expect(warning.contains("password")) }
            fixture.server.resume()
        }
    }

    @Test(arguments: [RedisAtStart.refusing, .hanging])
    func `S14: a store that started without Redis moves there when it comes, and its servers go on`(_ start: RedisAtStart)
        async throws
    {
        try await withFallbackStore(start) { fixture in
            try await fixture.add("tools")
            let process = try await fixture.process(of: "tools")
            if start == .refusing { try await fixture.server.restart() } else { fixture.server.resume() }
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            #expect(try await fixture.redis(RedisCommand("EXISTS", "default:d:services:tools:config")).integer == 1)
            try await fixture.context.waitService("tools", timeout: .seconds(60))
            #expect(try await fixture.process(of: "tools") == process)
            try await fixture.eventually("both calls are counted in Redis") {
                try await fixture.context.toolStats("pid").calls == 2
            }
            #expect(fixture.log.contains("Redis is back"))
            #expect(fixture.log.contains("written_back=tools"))
        }
    }

    @Test func `S14: when Redis is lost later, calls go on in the same server, and what is added is written back`()
        async throws
    {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            #expect(!fixture.store.usesMemory && fixture.warnings == [])
            let process = try await fixture.process(of: "tools")
            await fixture.server.kill()
            for _ in 0..<20 { #expect(try await fixture.process(of: "tools") == process) }
            #expect(fixture.store.usesMemory)
            #expect(fixture.warnings.count == 1, "\(fixture.warnings)")
            try await fixture.add("more")
            #expect(try await fixture.context.listServices().map(\.name) == ["more", "tools"])

            try await fixture.server.restart()
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            try await fixture.context.waitService("more", timeout: .seconds(60))
            try await fixture.context.waitService("tools", timeout: .seconds(60))
            #expect(try await fixture.process(of: "tools") == process)
            #expect(try await fixture.redis(RedisCommand("EXISTS", "default:d:services:more:config")).integer == 1)
            // One that was in doubt when Redis died runs in memory, and may be found in Redis as well: `pid` is read-only.
            try await fixture.eventually("every call is counted in Redis") {
                (22...23).contains(try await fixture.context.toolStats("pid", service: "tools").calls)
            }
        }
    }

    @Test func `S14: a call that may be in Redis is not run a second time in memory`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let context = fixture.context
            let call = Task {
                try await context.callTool("record_destructive", ["id": "once", "ms": 2000], timeout: .seconds(20))
            }
            try await fixture.eventually("it runs") { try fixture.executions() == 1 }
            await fixture.server.kill()
            #expect(try await context.callTool("echo", ["text": "x"]).text == "x")
            try await fixture.eventually("it has run") { try fixture.executions("end") == 1 }
            try await fixture.server.restart()
            #expect(try await call.value.text == "recorded once")
            #expect(try fixture.executions() == 1)
        }
    }

    @Test func `S14: what was removed in memory is removed in Redis, and what others changed there stands`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("gone")
            try await fixture.add("kept")
            await fixture.server.stop()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            try await fixture.context.removeService("gone")
            try await fixture.context.addService(["mcpServers": ["kept": fixture.entry(["--answer-ms", "0"])]], replacing: true)
            try await fixture.server.restart()
            // Before the store is back or after: somebody else's word, in either order one of the two is whole.
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            #expect(try await fixture.redis(RedisCommand("EXISTS", "default:d:services:gone:config")).integer == 0)
            #expect(try await fixture.context.listServices().map(\.name) == ["kept"])
            let stored = try await fixture.redis(RedisCommand("GET", "default:d:services:kept:config")).string
            #expect(stored?.contains("--answer-ms") == true)
        }
    }

    @Test func `S14: what others removed while this store was away from Redis stays removed`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("kept")
            try await fixture.context.addService(["mcpServers": ["removed": fixture.entry()]])
            // The store is locked out, an administrator is not.
            _ = try await fixture.redis(RedisCommand("ACL", "SETUSER", "boss", "on", ">key-of-boss", "~*", "&*", "+@all"))
            let boss = try RedisConfiguration(url: "redis://boss:key-of-boss@127.0.0.1:\(fixture.server.port)")
            try await withRedisClient(boss) { client in
                _ = try await client.execute(RedisCommand("ACL", "SETUSER", "default", "off"))
                _ = try await client.execute(RedisCommand("CLIENT", "KILL", "USER", "default"))
                try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
                let registry = RedisRegistry(space: fixture.store.backend.space, client: client)
                #expect(try await registry.remove("removed"))
                _ = try await client.execute(RedisCommand("ACL", "SETUSER", "default", "on"))
                try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
                let restorer = try #require((fixture.store.backend as? RedisBackend)?.restorer)
                try await fixture.eventually("it has looked for what was lost") { restorer.isDone }
                #expect(try await registry.services().map(\.name) == ["kept"])
                #expect(try await fixture.context.listServices().map(\.name) == ["kept"])
            }
        }
    }

    @Test func `S14: without fallback a store says that Redis cannot be reached`() async throws {
        let error = await #expect(throws: MCPStoreError.self) {
            try await withFallbackStore(.refusing, fallback: false) { _ in }
        }
        #expect(error?.code == .redis)
    }

    @Test func `S14: a client of a cluster never falls back`() async throws {
        let error = await #expect(throws: MCPStoreError.self) {
            try await withFallbackStore(.refusing, embedded: false) { _ in }
        }
        #expect(error?.code == .redis)
    }
}
