import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import MCPStore

struct EventTests {
    /// The next `count` events; fewer where they do not come.
    private func take(_ count: Int, of events: StoreEvents) async -> [StoreEvent] {
        await withTaskGroup(of: [StoreEvent]?.self) { group in
            group.addTask {
                var taken: [StoreEvent] = []
                for await event in events {
                    taken.append(event)
                    if taken.count == count { break }
                }
                return taken
            }
            group.addTask {
                do { try await Task.sleep(for: .seconds(20)) } catch { return nil }
                return nil
            }
            // Whichever is first; when time is up, the other one ends with what it has.
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return await group.next()?.flatMap { $0 } ?? []
        }
    }

    @Test func `S1: what others do is told in order`() async throws {
        try await withStore { fixture in
            let events = fixture.context.events()
            try await fixture.add("s", tools: ["a"], status: nil)
            // Added and published may be read at once.
            #expect(await take(2, of: events) == [.serviceAdded(service: "s"), .toolsChanged(service: "s")])
            try await fixture.set(.initializing, of: "s", reason: "starting")
            #expect(await take(1, of: events) == [.stateChanged(service: "s", status: "initializing", reason: "starting")])
            try await fixture.set(.healthy, of: "s", reason: "ready")
            #expect(await take(1, of: events) == [.stateChanged(service: "s", status: "healthy", reason: "ready")])
            try await fixture.context.patchService("s", ["callTimeoutMs": 5])
            #expect(await take(1, of: events) == [.serviceChanged(service: "s")])
            try await fixture.publishOffers("s", tools: ["b"])
            #expect(await take(1, of: events) == [.toolsChanged(service: "s")])
            try await fixture.context.removeService("s")
            #expect(await take(1, of: events) == [.serviceRemoved(service: "s")])
        }
    }

    @Test func `An agent is told of its own services only, under its own names`() async throws {
        try await withStore { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            let (store, hers, his) = (fixture.context.events(), alice.events(), bob.events())
            try await alice.addService(["name": "s", "command": "x"])
            try await bob.addService(["name": "s", "command": "x"])
            let stored = try await bob.serviceInfo("s").storedName
            try await fixture.set(.healthy, of: stored, reason: "ready")
            let ready = StoreEvent.stateChanged(service: "s", status: "healthy", reason: "ready")
            // That bob joined is nothing to alice.
            #expect(await take(2, of: hers) == [.serviceAdded(service: "s"), ready])
            #expect(await take(2, of: his) == [.serviceAdded(service: "s"), ready])
            // A change of configuration is one, although another service is behind it.
            try await alice.patchService("s", ["args": ["y"]])
            #expect(await take(1, of: hers) == [.serviceChanged(service: "s")])
            try await bob.removeService("s")
            #expect(await take(1, of: his) == [.serviceRemoved(service: "s")])
            try await fixture.context.addService(["name": "mine", "command": "z"])
            #expect(await take(1, of: store) == [.serviceAdded(service: "mine")])
        }
    }

    @Test func `Who is too slow is told that events were missed`() async throws {
        try await withStore { fixture in
            let events = fixture.context.events(capacity: 4)
            for number in 0..<6 { try await fixture.context.addService(["name": .string("s\(number)"), "command": "x"]) }
            let taken = await take(1, of: events)
            #expect(taken == [.missed])
            await fixture.store.close()
            var rest: [StoreEvent] = []
            for await event in events { rest.append(event) }
            #expect(!rest.contains(.missed) && rest.count < 5)
        }
    }

    @Test func `A lost connection is told as missed events, and what is different then as events`() async throws {
        try await withRedisServer { server in
            try await withStore(server) { fixture in
                try await fixture.add("old", tools: [])
                try await fixture.follower.reload()
                let events = fixture.context.events()
                await server.kill()
                try await server.restart()  // without persistence: its data is gone
                var seen: [StoreEvent] = []
                while !seen.contains(.serviceRemoved(service: "old")) {
                    let next = await take(1, of: events)
                    guard !next.isEmpty else { break }
                    seen += next
                }
                #expect(seen.first == .missed)
                #expect(seen.last == .serviceRemoved(service: "old"))
            }
        }
    }

    @Test func `Events end when the store is closed and when the task is cancelled`() async throws {
        try await withStore { fixture in
            let events = fixture.context.events()
            let waiting = Task { () -> Int in
                var count = 0
                for await _ in events { count += 1 }
                return count
            }
            waiting.cancel()
            #expect(await waiting.value == 0)
            let others = fixture.context.events()
            let open = Task { () -> Int in
                var count = 0
                for await _ in others { count += 1 }
                return count
            }
            await fixture.store.close()
            #expect(await open.value == 0)
            for await event in fixture.context.events() { Issue.record("\(event)") }
        }
    }

    @Test func `They end when the store is closed, and when nobody holds it any more`() async throws {
        let closed = try await MCPStore.setup(logger: .silent)
        var abandoned: MCPStore? = try await MCPStore.setup(logger: .silent)
        let all = [closed, abandoned].compactMap { $0?.forStore().events() }
        let ended = NIOLockedValueBox(0)
        for events in all {
            Task {
                for await _ in events {}
                ended.withLockedValue { $0 += 1 }
            }
        }
        await closed.close()
        abandoned = nil
        try await eventually("both have ended") { ended.withLockedValue { $0 } == 2 }
        for await event in closed.forStore().events() { Issue.record("\(event)") }
    }
}
