import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// S14: services of agents, of other stores and of the cluster while Redis is away, and the end of a store then.
@Suite(.timeLimit(.minutes(3))) struct FallbackServiceTests {
    @Test func `S14: agents join, change and leave services in memory, and Redis learns of it`() async throws {
        try await withFallbackStore(.running) { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            try await alice.addService(["mcpServers": ["tools": fixture.entry()]])
            try await alice.waitService("tools", timeout: .seconds(60))
            let process = try await alice.callTool("pid").text
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            #expect(try await alice.callTool("pid").text == process)
            #expect(try await bob.listServices().isEmpty)
            try await bob.addService(["mcpServers": ["tools": fixture.entry()]])
            #expect(try await bob.callTool("pid").text == process)
            try await alice.patchService("tools", ["isolation": "perAgent"])
            try await alice.waitService("tools", timeout: .seconds(60))
            #expect(try await alice.callTool("pid").text != process)

            try await fixture.server.restart()
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            #expect(try await bob.callTool("pid").text == process)
            let other = try await MCPStore.setup(redis: fixture.options, logger: .silent)
            #expect(try await other.forStore().listAgents() == ["alice", "bob"])
            #expect(try await other.forAgent("alice").serviceInfo("tools").isolation == "perAgent")
            #expect(try await other.forAgent("bob").serviceInfo("tools").agents == ["bob"])
            await other.close()
        }
    }

    @Test func `S14: two stores that were both away have each service once again`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("mine")
            let other = try await MCPStore.setup(redis: fixture.options, logger: .silent)
            do {
                try await other.forStore().addService(["mcpServers": ["yours": fixture.entry()]])
                try await other.forStore().waitService("yours", timeout: .seconds(60))
                try await fixture.context.waitService("yours", timeout: .seconds(60))
                let (mine, yours) = (try await fixture.process(of: "mine"), try await fixture.process(of: "yours"))
                await fixture.server.kill()
                try await fixture.eventually("both are in memory") { fixture.store.usesMemory && other.usesMemory }
                // Each has both: what the other does cannot be known.
                try await fixture.context.waitService("yours", timeout: .seconds(60))
                #expect(try await fixture.process(of: "yours") != yours)
                #expect(try await fixture.process(of: "mine") == mine)
                try await fixture.server.restart()
                try await fixture.eventually("both use Redis") { !fixture.store.usesMemory && !other.usesMemory }
                try await fixture.eventually("each service is on one worker") {
                    let services = try await fixture.context.listServices()
                    return services.allSatisfy { $0.isReady && $0.workers.count == 1 }
                }
                try await fixture.eventually("as before") {
                    let now = (try await fixture.process(of: "mine"), try await fixture.process(of: "yours"))
                    return now == (mine, yours)
                }
                await other.close()
            } catch {
                await other.close()
                throw error
            }
        }
    }

    @Test func `S14: a service of the cluster is not started here, also not when it is changed in memory`() async throws {
        try await withFallbackStore(.running) { fixture in
            var entry = fixture.entry().objectValue ?? [:]
            entry["placement"] = "cluster"
            try await fixture.context.addService(["mcpServers": ["there": .object(entry)]])
            let hint = await #expect(throws: MCPStoreError.self) {
                try await fixture.context.waitService("there", timeout: .milliseconds(50))
            }
            #expect(hint?.message.contains("run by this process") == true, "\(hint?.message ?? "")")
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            for _ in 0..<2 {
                #expect(try await fixture.context.serviceInfo("there").status == "unreachable")
                let error = await #expect(throws: MCPStoreError.self) {
                    try await fixture.context.waitService("there", timeout: .milliseconds(300))
                }
                #expect(error?.message.contains("Redis cannot be reached") == true, "\(error?.message ?? "")")
                try await fixture.context.patchService("there", ["callTimeoutMs": 1000])
            }
            // From here on it is its own.
            try await fixture.context.patchService("there", ["placement": "embedded"])
            try await fixture.context.waitService("there", timeout: .seconds(60))
        }
    }

    @Test(arguments: [true, false])
    func `S14: a store in memory is closed quickly, also with calls that run`(freezes: Bool) async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            if freezes { fixture.server.pause() } else { await fixture.server.kill() }
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            let call = try await fixture.beginLongCall()
            let start = ContinuousClock.now
            await fixture.store.close()
            #expect(await call.value == .closed)
            // Neither the 5 s that running calls are given with Redis, nor a Redis that is waited for again and again.
            #expect(ContinuousClock.now - start < .seconds(5))
            if freezes { fixture.server.resume() }
        }
    }

    @Test func `S14: a call that still runs in memory when its store is closed over Redis ends with it`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            let call = try await fixture.beginLongCall()
            try await fixture.server.restart()
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            await fixture.store.close()
            // After the time that running calls are given.
            let code = await call.value
            #expect(code == .closed || code == .interrupted, "\(code?.description ?? "nil")")
        }
    }
}
