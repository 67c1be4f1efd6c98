import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// S13: agents, isolation, resources and events are the same without Redis.
@Suite(.timeLimit(.minutes(3))) struct MemoryAgentTests {
    private func pid(_ context: StoreContext) async throws -> pid_t? { pid_t(try await context.useTool("tools_pid").text) }

    private func entry(_ fixture: MemoryFixture, _ isolation: String) -> JSONValue {
        var members = fixture.entry().objectValue ?? [:]
        members["isolation"] = .string(isolation)
        return ["mcpServers": .object(["tools": .object(members)])]
    }

    @Test func `S13: agents share a server or have their own`() async throws {
        try await withMemoryStore { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            for agent in [alice, bob] {
                try await agent.addService(entry(fixture, "shared"))
                try await agent.waitService("tools")
            }
            #expect(try await pid(alice) == pid(bob))
            try await alice.patchService("tools", ["isolation": "perAgent"])
            try await alice.waitService("tools")
            #expect(try await pid(alice) != pid(bob))
            #expect(try await fixture.context.listServices().isEmpty)
            #expect(try await fixture.context.listServices(includingAgents: true).count == 2)
            #expect(try await bob.resetConfig() == ["tools"])
            #expect(try await fixture.context.listAgents() == ["alice"])
        }
    }

    @Test func `S13: with perCall each call has a process of its own`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.context.addService(entry(fixture, "perCall"))
            try await fixture.context.waitService("tools")
            let (one, other) = (try await pid(fixture.context), try await pid(fixture.context))
            #expect(one != nil && other != nil && one != other)
        }
    }

    @Test func `S13: resources, prompts and events`() async throws {
        try await withMemoryStore { fixture in
            let context = fixture.context
            let events = context.events()
            try await fixture.add()
            #expect(try await context.readResource("note:///by/Ada/Engine").text == "Engine by Ada")
            #expect(try await context.getPrompt("greeting", ["name": "Ada"]).messages.map(\.text) == ["Good day, Ada."])
            try await context.removeService("tools")
            await fixture.store.close()
            var kinds: [String] = []
            for await event in events { kinds.append(event.kind) }
            #expect(kinds.first == "serviceAdded")
            #expect(kinds.contains("stateChanged") && kinds.contains("toolsChanged"))
            #expect(kinds.last == "serviceRemoved")
            #expect(!kinds.contains("missed"))
        }
    }
}
