import Foundation
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `The load tester` {
    @Test(arguments: ["queue-noop-64", "echo-64"])
    func `a scenario runs with processes of its own, its JSON says what was measured, and no key is left`(
        scenario: String
    ) async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let server = try await RedisServer.start()
        let json = directory.path + "/result.json"
        let run = try await LoadTester.run(
            [
                "run", "--scenario", scenario, "--redis", "redis://127.0.0.1:\(server.port)", "--seconds", "1", "--warm-up",
                "0.2", "--json", json, "--html", directory.path + "/page.html", "--fail-if", "errors>0", "--fail-if", "rate<1",
            ],
            in: directory
        )
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        #expect(run.out.contains("no errors") && run.out.contains("p99"))
        let result = try JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(result["errors"] == 0)
        for leg in ["total", "queued", "run", "returned"] { #expect(result["legs"]?[leg]?["count"]?.integerValue ?? 0 > 0) }
        #expect(result["redis"]?["cpuMicrosecondsPerCall"] != nil && result["worker"]?["memoryBytes"] != nil)
        #expect(try String(contentsOfFile: directory.path + "/page.html", encoding: .utf8).contains("<svg"))
        let keys = try await withRedisClient(server.configuration()) { client in
            try await client.execute(RedisCommand("KEYS", "*")).array?.compactMap(\.string)
        }
        #expect(keys == [])
        await server.stop()
    }

    @Test func `calls go through a gateway, and every answer is checked`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let json = directory.path + "/result.json"
        let run = try await LoadTester.run(
            ["run", "--scenario", "gateway-64", "--callers", "4", "--seconds", "1", "--warm-up", "0.2", "--json", json],
            in: directory
        )
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        let result = try JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(result["errors"] == 0 && result["outcomes"]?["ok"]?.integerValue ?? 0 > 0, "\(run.out)")
        // The calls really were jobs.
        #expect(result["redis"]?["cpuMicrosecondsPerCall"] != nil && result["worker"]?["memoryBytes"] != nil)
    }

    @Test func `a condition that holds is status 1, and one line says which`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let run = try await LoadTester.run(
            ["run", "--scenario", "direct-echo-1", "--seconds", "0.2", "--warm-up", "0", "--fail-if", "rate>1"],
            in: directory
        )
        #expect(run.status == .exited(1))
        #expect(run.err.split(separator: "\n").count == 1 && run.err.contains("rate"), "\(run.err)")
    }

    @Test(arguments: [
        (["--scenario", "nope"], 2, "queue-noop-64"), ([], 2, "--list"),
        (["--scenario", "queue-noop-1", "--redis", "redis://127.0.0.1:1"], 3, "cannot connect to Redis at 127.0.0.1:1"),
        (["--scenario", "queue-noop-1", "--fail-if", "p99>5"], 2, "p99"),
        (["--scenario", "/nowhere.json"], 2, "/nowhere.json"), (["--scenario", "/dev/zero"], 2, "64 MiB"),
        (["--scenario", "queue-noop-1", "--workers", "0"], 2, "workers is 0; it must be 1 to 1000"),
        (["--scenario", "queue-noop-1", "--json", "/nowhere/result.json"], 3, "cannot write /nowhere/result.json"),
        (["--scenario", "queue-noop-1", "--html", "/tmp"], 3, "cannot write /tmp: it is a folder"),
        (["--scenario", "queue-noop-1", "--redis", "rediss://:secret@host"], 3, "not by rediss://"),
        (["--scenario", "queue-noop-1", "--redis", "redis://127.0.0.1:1/prod"], 3, "the database 'prod' of Redis is no number"),
    ])
    func `what cannot be run is said in words`(arguments: [String], status: Int32, word: String) async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let run = try await LoadTester.run(["run"] + arguments, in: directory)
        #expect(run.status == .exited(status) && run.out.isEmpty)
        #expect(run.err.contains(word) && !run.err.contains("secret"), "\(run.err)")
    }
}
