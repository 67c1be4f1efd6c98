import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// S13: idempotency keys, changes, isolation and intervals are the same without Redis.
@Suite(.timeLimit(.minutes(3))) struct MemoryOfferTests {
    @Test func `S13: calls with one idempotency key share one run, and its answer later`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let arguments: JSONValue = ["id": "once", "ms": 300]
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await context.callTool("record_destructive", arguments, idempotencyKey: "key").text
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: "recorded once", count: 8))
            #expect(try await context.callTool("record_destructive", arguments, idempotencyKey: "key").text == "recorded once")
            #expect(try fixture.recorded("start") == 1)
            #expect(try await context.toolStats("record_destructive").outcomes == ["ok": 1])
            let other = await fixture.code { () throws(MCPStoreError) in
                _ = try await context.callTool("record_destructive", ["id": "other"], idempotencyKey: "key")
            }
            #expect(other == .rejected)
        }
    }

    @Test func `S13: a key is the consent to run a call again whose server died`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let call = Task {
                try await context.callTool("record_destructive", ["id": "x", "ms": 1500], idempotencyKey: "key").text
            }
            #expect(try await fixture.waitForRecord("start"))
            kill(try await fixture.process(), SIGKILL)
            #expect(try await call.value == "recorded x")
            #expect(try fixture.recorded("start") == 2)
            #expect(try await context.toolStats("record_destructive").outcomes == ["ok": 1])
        }
    }

    @Test func `S13: update, patch and reset, as values and as JSON text`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let process = try await fixture.process()
            // What the server is not started with does not start it anew.
            try await context.patchService("tools", ["callTimeoutMs": 5000])
            try await context.patchService("tools", json: Data(#"{"concurrency": 3} // as files have it"#.utf8))
            #expect(try await fixture.process() == process)
            let configuration = try JSONValue(parsing: try await context.serviceInfo("tools").configuration)
            #expect(configuration["callTimeoutMs"] == 5000 && configuration["concurrency"] == 3)

            let text = #"{"mcpServers": {"tools": {"command": "\#(BuiltProduct.path(of: "toolserver"))", "env": {"X": "y"}}}}"#
            #expect(try await context.updateService("tools", json: Data(text.utf8)).isChanged)
            #expect(try await !context.updateService("tools", json: Data(text.utf8)).isChanged)
            let isChanged = try await fixture.wait {
                do { return try await context.callTool("environment", ["name": "X"]).text == "y" } catch let error
                    as MCPStoreError
                {
                    #expect(error.code == .interrupted)
                    return false
                }
            }
            #expect(isChanged)
            for bytes in ["{", "[]", #"{"env": 1}"#, ""] {
                let update = await fixture.code { () throws(MCPStoreError) in
                    try await context.updateService("tools", json: Data(bytes.utf8))
                }
                let patch = await fixture.code { () throws(MCPStoreError) in
                    try await context.patchService("tools", json: Data(bytes.utf8))
                }
                #expect(update == .invalidServices && patch == .invalidServices, "\(bytes)")
            }
            #expect(try await context.resetConfig() == ["tools"])
            #expect(try await context.listServices().isEmpty)
        }
    }

    @Test(arguments: ["shared", "perAgent", "perCall"])
    func `S13: two agents of every isolation call their tools, and leave`(isolation: String) async throws {
        try await withMemoryStore { fixture in
            let agents = [try fixture.store.forAgent("alice"), try fixture.store.forAgent("bob")]
            var processes: Set<String> = []
            for agent in agents {
                var entry = fixture.entry().objectValue ?? [:]
                entry["isolation"] = .string(isolation)
                try await agent.addService(["mcpServers": .object(["tools": .object(entry)])])
                try await agent.waitService("tools", timeout: .seconds(60))
                for _ in 0..<2 { processes.insert(try await agent.callTool("pid").text) }
                #expect(try await agent.listTools().contains { $0.qualifiedName == "tools_echo" })
                #expect(try await agent.readResource("note:///by/Ada/Engine", service: "tools").text == "Engine by Ada")
            }
            #expect(processes.count == ["shared": 1, "perAgent": 2, "perCall": 4][isolation])
            #expect(try await fixture.context.listAgents() == ["alice", "bob"])
            for agent in agents { try await agent.removeService("tools") }
            #expect(try await fixture.context.listServices(includingAgents: true).isEmpty)
            // One key of two agents: each has its own service, or both the same.
            #expect(try await fixture.context.listAgents().isEmpty)
        }
    }

    @Test func `S13: what servers offer is listed, read and completed`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let resource = try #require(try await context.listResources().first)
            #expect(try await context.readResource(resource.uri).text.isEmpty == false)
            #expect(try await context.listResourceTemplates(service: "tools").isEmpty == false)
            let prompt = try #require(try await context.listPrompts().first { $0.name == "greeting" })
            #expect(prompt.service == "tools")
            #expect(try await context.complete(prompt: "greeting", argument: "style", value: "p") == ["polite"])
            let unknown = await fixture.code { () throws(MCPStoreError) in _ = try await context.readResource("no:///where") }
            #expect(unknown == .unknownResource)
        }
    }

    @Test func `S13: healthcheck_interval takes effect without Redis, from a value and from a file`() async throws {
        let directory = try TemporaryDirectory("memory")
        defer { directory.remove() }
        let path = directory.path + "/store.json"
        try #"{"namespace": "n", "dataspace": "d", "healthcheck_interval": 0.1}"#.write(
            toFile: path,
            atomically: false,
            encoding: .utf8
        )
        let read = try MCPStoreConfiguration.load(file: path, environment: [:])
        #expect(read == MCPStoreConfiguration(namespace: "n", dataspace: "d", healthcheckInterval: .milliseconds(100)))
        let again = try JSONDecoder().decode(MCPStoreConfiguration.self, from: try JSONEncoder().encode(read))
        #expect(again == read)

        let store = try await MCPStore.setup(read, logger: .silent)
        let fixture = MemoryFixture(store: store, directory: directory)
        do {
            try await fixture.add()
            // With the default of 30 s there would be no second check within the bound of the suite.
            var seen: Set<String> = []
            let isSeen = try await fixture.wait {
                let checked = try await fixture.context.serviceInfo("tools").checked
                if !checked.isEmpty { seen.insert(checked) }
                return seen.count >= 3
            }
            #expect(isSeen)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
        let wrong = await fixture.code { () throws(MCPStoreError) in
            _ = try await MCPStore.setup(MCPStoreConfiguration(healthcheckInterval: .zero))
        }
        #expect(wrong == .badConfiguration)
    }
}
