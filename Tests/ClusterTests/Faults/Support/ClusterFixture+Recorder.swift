import MCPStore
import TestSupport

extension ClusterFixture {
    /// Adds our `toolserver` as the service `tools` with a record of what it runs, and waits until that many workers host it.
    func addRecorder(replicas: Int, options: [String] = []) async throws -> ExecutionLog {
        let log = ExecutionLog(path: directory.path + "/record")
        try await add("tools", [BuiltProduct.path(of: "toolserver"), "--record", log.path], replicas: replicas, options: options)
        try await waitForHosts("tools", replicas)
        return log
    }

    /// The same with more members of its configuration.
    func addRecorder(replicas: Int, _ more: [String: JSONValue]) async throws -> ExecutionLog {
        let log = ExecutionLog(path: directory.path + "/record")
        var entry: [String: JSONValue] = [
            "command": .string(BuiltProduct.path(of: "toolserver")), "args": ["--record", .string(log.path)],
            "replicas": .integer(replicas), "placement": "cluster",
        ]
        entry.merge(more) { $1 }
        try await succeed(
            ["service", "add", "--from", "-"],
            input: JSONValue.object(["mcpServers": ["tools": .object(entry)]]).description
        )
        try await waitService("tools")
        try await waitForHosts("tools", replicas)
        return log
    }

    /// The worker that hosts a service alone, of two.
    func onlyHost(of service: String) async throws -> Member {
        let hosts = try await waitForHosts(service, 1)
        return hosts == [try await workers[0].worker()] ? workers[0] : workers[1]
    }
}
