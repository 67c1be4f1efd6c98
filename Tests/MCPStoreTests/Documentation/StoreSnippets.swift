import MCPStore
import TestSupport
import Testing

/// What README and the doc comments of the library show, as it is shown there.
struct StoreSnippets {
    /// Compiled only: it names programs and a Redis that a machine may not have.
    private func described() -> (JSONValue, RedisOptions) {
        let servers: JSONValue = ["mcpServers": ["time": ["command": "uvx", "args": ["mcp-server-time"]]]]
        let redis = RedisOptions(url: "redis://localhost:6379/0", dataspace: "workspace1")
        return (servers, redis)
    }

    private func readme(_ servers: JSONValue, _ redis: RedisOptions) async throws {
        let store = try await MCPStore.setup(redis: redis)
        let context = store.forStore()
        try await context.addService(servers)
        try await context.waitService("time") { print("  \($0.status): \($0.reason)") }
        let result = try await context.useTool("get_current_time", ["timezone": "Asia/Shanghai"])
        print(result)
        await store.close()
        #expect(result.text.contains("Asia/Shanghai") && !result.isError)
    }

    private func weather(_ store: MCPStore) async throws {
        let result = try await store.forStore().useTool("get_current_weather", ["query": "北京", "days": 3])
        print(result)
    }

    private func watched(_ context: StoreContext) async {
        for await event in context.events() {
            if case .stateChanged(let service, let status, let reason) = event { print(service, status, reason) }
        }
    }

    private func added(_ store: MCPStore) async throws -> StoreContext {
        let alice = try store.forAgent("alice")
        try await alice.addService(["name": "notes", "command": "notes-server", "isolation": "perAgent"])
        return alice
    }

    private func patched(_ context: StoreContext) async throws {
        try await context.patchService("weather", ["env": ["UNITS": "metric", "DEBUG": nil], "callTimeoutMs": 30_000])
    }

    @Test func `The example of agents gives one a service that others do not see`() async throws {
        let store = try await MCPStore.setup(logger: .silent)
        let alice = try await added(store)
        #expect(try await alice.listServices().map(\.name) == ["notes"])
        #expect(try await store.forAgent("bob").listServices().isEmpty)
        await store.close()
    }

    @Test func `The example of patches changes what it names`() async throws {
        let store = try await MCPStore.setup(logger: .silent)
        let context = store.forStore()
        try await context.addService(["name": "weather", "command": "x", "env": ["DEBUG": "1", "TZ": "UTC"]])
        try await patched(context)
        let stored = try JSONValue(parsing: try await context.serviceInfo("weather").configuration)
        #expect(stored["env"] == ["TZ": "UTC", "UNITS": "metric"])
        await store.close()
    }

    @Test func `The example of events ends with its store`() async throws {
        let store = try await MCPStore.setup(logger: .silent)
        let context = store.forStore()
        let watching = Task { await watched(context) }
        try await context.addService(["name": "x", "command": .string(BuiltProduct.path(of: "toolserver"))])
        try await context.waitService("x")
        await store.close()
        await watching.value
    }

    @Test func `The example of the README runs as it is shown`() async throws {
        #expect(described().1.dataspace == "workspace1")
        guard let time = try await PythonPeers.program("mcp-server-time", in: .modern) else { return }
        try await withRedisServer { server in
            let servers: JSONValue = ["mcpServers": ["time": ["command": .string(time)]]]
            try await readme(servers, RedisOptions(url: server.url, dataspace: "workspace1"))
        }
    }

    @Test func `The example of JSON values runs as it is shown`() async throws {
        let store = try await MCPStore.setup(logger: .silent)
        let error = await #expect(throws: MCPStoreError.self) { try await weather(store) }
        #expect(error?.code == .unknownTool)
        await store.close()
    }
}
