import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// REST over real processes: a job survives the gateway that took it.
struct GatewayJobTests {
    /// The answer to a request, as JSON.
    private func ask(_ url: String, _ body: String? = nil) async throws -> JSONValue {
        try await ClusterFixture.send(url, body).json()
    }

    @Test func `A job that a killed gateway took is answered by another, and a worker is looked after over HTTP`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            try await cluster.add("tools")
            let (first, second) = (try await cluster.startGateway(), try await cluster.startGateway())
            let root = "/api/v1/default/default"
            let body = #"{"tool":"sleep","arguments":{"ms":3000}}"#
            let submitted = try await ask(first.url + root + "/jobs", body)
            let id = try #require(submitted["id"]?.stringValue, "\(submitted)")
            first.process.signal(SIGKILL)
            let ended = try await ask(second.url + root + "/jobs/\(id)?wait=60s")
            #expect(ended["status"] == "completed", "\(ended)")
            #expect(ended["result"]?["content"] == [["type": "text", "text": "slept 3000 ms"]], "\(ended)")
            // The same forms as those of the command line.
            let shown = try await ask(second.url + root + "/services/tools")
            let printed = try await cluster.succeed(["service", "show", "tools", "--json"]).json()
            #expect(shown["config"] == printed["config"] && shown["version"] == printed["version"], "\(shown)")
            #expect(Set(shown.objectValue?.keys.map { $0 } ?? []) == Set(printed.objectValue?.keys.map { $0 } ?? []))
            let workers = try await ask(second.url + root + "/workers").arrayValue ?? []
            #expect(workers.count == 1 && workers.first?["draining"] == false, "\(workers)")
            await second.process.stop()
        }
    }
}
