import MCPStore
import TestSupport
import Testing

/// What a service's configuration says, seen from outside: disabled services, tools that are left out, variables, health.
struct ConfigurationTests {
    private static let server = JSONValue.string(BuiltProduct.path(of: "toolserver"))

    private func add(_ cluster: ClusterFixture, _ entry: [String: JSONValue], replace: Bool = false) async throws {
        let services: JSONValue = ["mcpServers": ["s": .object(entry.merging(["command": Self.server]) { $1 })]]
        let arguments: [String] = ["service", "add", "--from", "-"] + (replace ? ["--replace"] : [])
        try await cluster.succeed(arguments, input: services.description)
    }

    private func tools(_ cluster: ClusterFixture) async throws -> Set<String> {
        let list = try await cluster.succeed(["tool", "list", "--json"]).json()
        return Set(list.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
    }

    @Test func `S4: a disabled service is stored, said to be so, and started when it is enabled`() async throws {
        try await withCluster { cluster in
            try await add(cluster, ["disabled": true])
            let listed = try await cluster.succeed(["service", "list", "--json"]).json().arrayValue?.first
            #expect(listed?["status"] == "disconnected")
            #expect(listed?["reason"] == "disabled by its configuration")
            let waited = try await cluster.command("service", "wait", "s", "--timeout", "60s")
            #expect(waited.status == 3)
            #expect(waited.error.contains("the service 's' is disabled"), "\(waited)")

            try await add(cluster, [:], replace: true)
            try await cluster.waitService("s")
            #expect(try await cluster.hash("\(cluster.pool):placement").count == 1)

            try await add(cluster, ["disabled": true], replace: true)
            try await eventually("the service is hosted by nobody") {
                let service = try await cluster.succeed(["service", "show", "s", "--json"]).json()
                return service["workers"] == [] && service["reason"] == "disabled by its configuration"
            }
            #expect(try await cluster.hash("\(cluster.pool):placement").isEmpty)
        }
    }

    @Test func `S4: tools that are left out are neither listed nor called`() async throws {
        try await withCluster { cluster in
            try await add(cluster, ["includeTools": ["echo", "pid", "counter"], "excludeTools": ["pid"]])
            try await cluster.waitService("s")
            let listed = try await tools(cluster)
            #expect(listed.contains("echo"))
            #expect(listed.isSubset(of: ["echo", "counter"]))
            #expect(try await cluster.succeed(["call", "echo", #"{"text":"hi"}"#]).output == "hi\n")
            #expect(try await cluster.command("call", "pid").status == 2)
            let store = try await cluster.openStore()
            _ = try await store.forStore().listTools()

            // The session stays, the list changes; and a caller with the old list is told.
            try await add(cluster, ["excludeTools": ["echo"]], replace: true)
            try await eventually("the list of tools has changed") {
                let tools = try await tools(cluster)
                return tools.contains("pid") && !tools.contains("echo")
            }
            #expect(try await cluster.command("call", "echo", "{}").status == 2)
            #expect(try await cluster.succeed(["call", "pid"]).status == 0)
        }
    }

    @Test func `S4: a variable that workers do not have keeps a service from starting, and is named`() async throws {
        try await withCluster { cluster in
            try await add(cluster, ["env": ["A": "${input:my-token}"]])
            let service = try await eventually("the service says why it does not start") {
                let service = try await cluster.succeed(["service", "show", "s", "--json"]).json()
                return service["error"]?.stringValue?.isEmpty == false ? service : nil
            }
            #expect(service["error"]?.stringValue?.contains("env.A refers to ${MY_TOKEN}, which is not set") == true)
        }
    }

    @Test func `S2: workers check health at the interval that they were given`() async throws {
        var options = ClusterFixture.Options()
        options.workers = 1
        options.workerArguments = ["--healthcheck-interval", "200ms"]
        try await withCluster(options) { cluster in
            try await add(cluster, [:])
            try await cluster.waitService("s")
            // With the default of 30 s there would be no second check within the bound.
            var seen: Set<String> = []
            try await eventually("three health checks", within: .seconds(20)) {
                let state = try await cluster.hash("\(cluster.space):services:s:state")
                if let checked = state["checked"], !checked.isEmpty { seen.insert(checked) }
                return seen.count >= 3
            }
        }
    }
}
