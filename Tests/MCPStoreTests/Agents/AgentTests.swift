import Foundation
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// Several agents in one space.
struct AgentTests {
    @Test func `Agents with the same server share one document, and the last to leave removes it`() async throws {
        try await withStore { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            let entry: JSONValue = ["name": "notes", "command": "x"]
            // At the same moment.
            async let one = alice.addService(entry)
            async let other = bob.addService(entry)
            _ = try await (one, other)
            let stored = try await alice.serviceInfo("notes").storedName
            #expect(try await bob.serviceInfo("notes").storedName == stored)
            #expect(stored.hasPrefix("notes_shared_"))
            #expect(try await fixture.context.listServices(includingAgents: true).map(\.name) == [stored])
            #expect(try await fixture.context.serviceInfo(stored).agents == ["alice", "bob"])
            #expect(try await fixture.context.listServices().isEmpty)
            #expect(try await fixture.context.listAgents() == ["alice", "bob"])
            #expect(try await alice.listAgents() == ["alice"])
            #expect(try await alice.addService(entry).unchanged == ["notes"])

            try await alice.removeService("notes")
            #expect(try await alice.listServices().isEmpty)
            #expect(try await bob.listServices().map(\.name) == ["notes"])
            #expect(await storeError { try await alice.removeService("notes") }?.code == .unknownService)
            try await bob.removeService("notes")
            #expect(try await fixture.registry.services().isEmpty)
        }
    }

    @Test func `S16: many agents that join and leave the same server at once lose nobody`() async throws {
        try await withStore { fixture in
            let entry: JSONValue = ["name": "s", "command": "x"]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    let agent = try fixture.store.forAgent("agent\(number)")
                    group.addTask {
                        for _ in 0..<3 {
                            try await agent.addService(entry)
                            try await agent.removeService("s")
                        }
                        if number % 2 == 0 { try await agent.addService(entry) }
                    }
                }
                try await group.waitForAll()
            }
            let services = try await fixture.context.listServices(includingAgents: true)
            #expect(services.count == 1)
            #expect(services.first?.agents == (0..<12).filter { $0 % 2 == 0 }.map { "agent\($0)" }.sorted())
        }
    }

    @Test func `S16: different servers that are added under one name of an agent at once end in one`() async throws {
        try await withStore { fixture in
            let alice = try fixture.store.forAgent("alice")
            let added = await withTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let entry: JSONValue = ["name": "s", "command": .string("c\(number)")]
                        return await storeError { try await alice.addService(entry, replacing: number % 2 == 0) } == nil ? 1 : 0
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(added >= 1)
            #expect(try await alice.listServices().map(\.name) == ["s"])
            let all = try await fixture.context.listServices(includingAgents: true)
            #expect(all.map(\.agents) == [["alice"]])
        }
    }

    @Test func `What an agent may not see does not exist for it`() async throws {
        try await withStore { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            try await fixture.add("weather", tools: ["secret_forecast", "shared_name"])
            let stored = try await fixture.add(
                ["name": "diary", "command": "d", "isolation": "perAgent"],
                in: alice,
                tools: ["read_diary", "shared_name"]
            )
            #expect(stored == "diary_byagent_alice")
            try await fixture.add(["name": "notes", "command": "n"], in: bob, tools: ["read_notes", "shared_name"])

            // Everybody has one tool of that name, so it is clear to everybody.
            #expect(try await alice.toolInfo("shared_name").service == "diary")
            #expect(try await bob.toolInfo("shared_name").service == "notes")
            #expect(try await fixture.context.toolInfo("shared_name").service == "weather")
            #expect(try await alice.listTools().map(\.qualifiedName) == ["diary_read_diary", "diary_shared_name"])
            #expect(try await alice.toolInfo("mcp_diary_read_diary").name == "read_diary")
            #expect(try await fixture.context.listTools().map(\.service) == ["weather", "weather"])

            let texts = try await [
                storeError { _ = try await bob.toolInfo("read_diary") },
                storeError { _ = try await bob.toolInfo("diary_read_diary") },
                storeError { _ = try await bob.toolInfo("diary_byagent_alice_read_diary") },
                storeError { _ = try await bob.useTool("read_diary") },
                storeError { _ = try await bob.toolInfo("read_diary", service: "diary") },
                storeError { _ = try await bob.serviceInfo("diary") },
                storeError { _ = try await bob.serviceInfo("diary_byagent_alice") },
                storeError { _ = try await bob.serviceInfo("weather") },
                storeError { try await bob.removeService("weather") },
                storeError { try await bob.removeService("diary_byagent_alice") },
                storeError { try await bob.patchService("diary", [:]) },
                storeError { _ = try await bob.waitService("weather", timeout: .milliseconds(10)) },
                storeError { _ = try await bob.restartService("diary") },
                storeError { _ = try await bob.listTools(service: "weather") },
                storeError { _ = try await bob.toolStats("secret_forecast") },
                storeError { _ = try await bob.readResource("x:///y", service: "diary") },
                storeError { _ = try await bob.getPrompt("p", service: "diary") },
            ].map { try #require($0) }
            for error in texts {
                #expect([.unknownTool, .unknownService, .unknownPrompt].contains(error.code), "\(error)")
                for hint in error.suggestions { #expect(hint.contains("notes") || hint == "shared_name", "\(error)") }
                // What was asked for may be named, nothing else.
                #expect(!error.message.contains("alice's") && !error.message.contains("did you mean diary"), "\(error)")
            }
            // Everything is as it was.
            #expect(try await alice.listServices().map(\.name) == ["diary"])
            #expect(try await bob.status().services.map(\.name) == ["notes"])
            let configuration = String(decoding: try await bob.serviceInfo("notes").configuration, as: UTF8.self)
            #expect(configuration == #"{"command":"n","placement":"cluster"}"#)
        }
    }

    @Test func `An agent calls its tools, and reports and statistics have its names`() async throws {
        try await withStore { fixture in
            let alice = try fixture.store.forAgent("alice")
            let stored = try await fixture.add(["name": "diary", "command": "d"], in: alice, tools: ["read"])
            let worker = try await AnsweringWorker(fixture, services: [stored]) { _, job in
                job.parameters.readableBytes > 40
                    ? .test(.interrupted, #"{"message":"the session to service '\#(job.service.name)' was lost"}"#)
                    : .test(.ok, #"{"content":[{"type":"text","text":"hi"}]}"#)
            }
            let result = try await alice.useTool("diary_read")
            #expect(result.text == "hi")
            #expect(result.report.service == "diary")
            #expect(try await alice.toolStats("read").service == "diary")
            #expect(try await alice.toolStats().map { "\($0.service) \($0.tool) \($0.calls)" } == ["diary read 1"])
            #expect(try await fixture.context.toolStats().isEmpty)
            #expect(try await fixture.registry.stats(["read"])["read"]?.calls == 1)
            let error = await storeError { _ = try await alice.useTool("read", ["text": "a long argument of this call"]) }
            #expect(error?.message.contains("the session to service 'diary' was lost") == true, "\(String(describing: error))")
            #expect(error?.message.contains("shared") == false)
            await worker.stop()
        }
    }

    @Test func `An agent that changes a shared service leaves the others theirs`() async throws {
        try await withStore { fixture in
            let (alice, bob) = (try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob"))
            for agent in [alice, bob] { try await agent.addService(["name": "s", "command": "x", "env": ["A": "1"]]) }
            #expect(try await alice.patchService("s", ["env": ["B": "2"]]).isChanged)
            func environment(_ context: StoreContext) async throws -> JSONValue? {
                try JSONValue(parsing: try await context.serviceInfo("s").configuration)["env"]
            }
            #expect(try await environment(alice) == ["A": "1", "B": "2"])
            #expect(try await environment(bob) == ["A": "1"])
            #expect(try await alice.serviceInfo("s").storedName != bob.serviceInfo("s").storedName)
            // Back again: they meet anew, and nothing is left over.
            try await alice.updateService("s", ["command": "x", "env": ["A": "1"]])
            #expect(try await fixture.context.listServices(includingAgents: true).map(\.agents) == [["alice", "bob"]])
            // A server of its own is changed in place.
            try await alice.patchService("s", ["isolation": "perAgent"])
            try await alice.patchService("s", ["callTimeoutMs": 5])
            #expect(
                try await fixture.context.listServices(includingAgents: true).map(\.name).first { $0.contains("byagent") }
                    == "s_byagent_alice"
            )
            let refused = await storeError { try await fixture.context.patchService("s_byagent_alice", ["callTimeoutMs": 6]) }
            #expect(refused?.code == .rejected)
            #expect(try await alice.resetConfig() == ["s"])
            #expect(try await bob.listServices().map(\.name) == ["s"])
        }
    }

    @Test func `S16: two patches of one agent's service at once both survive`() async throws {
        try await withStore { fixture in
            let alice = try fixture.store.forAgent("alice")
            try await alice.addService(["name": "s", "command": "x"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask { try await alice.patchService("s", ["env": .object(["V\(number)": "1"])]) }
                }
                try await group.waitForAll()
            }
            let configuration = try JSONValue(parsing: try await alice.serviceInfo("s").configuration)
            #expect(configuration["env"]?.objectValue?.keys.sorted() == (0..<6).map { "V\($0)" })
            #expect(try await fixture.registry.services().count == 1)
        }
    }

    @Test func `Wrong names and entries are refused`() async throws {
        try await withStore { fixture in
            let name = #expect(throws: MCPStoreError.self) { try fixture.store.forAgent("a b") }
            #expect(name?.code == .invalidName)
            let alice = try fixture.store.forAgent("alice")
            let long = String(repeating: "n", count: 120)
            let error = await storeError { try await alice.addService(["name": .string(long), "command": "x"]) }
            #expect(error?.message.contains("too long") == true)
            let agents = await storeError { try await alice.addService(["name": "s", "command": "x", "agents": ["bob": "s"]]) }
            #expect(agents?.code == .invalidServices)
            let isolation = await storeError { try await alice.addService(["name": "s", "command": "x", "isolation": "none"]) }
            #expect(isolation?.message.contains("shared or perAgent or perCall") == true)
            try await alice.addService(["name": "s", "command": "x"])
            let other = await storeError { try await alice.addService(["name": "s", "command": "y"]) }
            #expect(other?.code == .conflict)
            #expect(try await alice.addService(["name": "s", "command": "y"], replacing: true).replaced == ["s"])
            #expect(try await fixture.registry.services().count == 1)
        }
    }
}
