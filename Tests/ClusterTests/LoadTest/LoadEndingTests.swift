import Foundation
import Glibc
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

/// How runs of the load tester end that do not end as they were meant to.
@Suite struct `The end of a load test` {
    private func json(_ path: String) throws -> JSONValue { try JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: path))) }

    private func keys(_ server: RedisServer) async throws -> Int? {
        try await withRedisClient(server.configuration()) { try await $0.execute(RedisCommand("DBSIZE")).integer }
    }

    /// Waits until so many calls were ended by workers.
    private func waitForCalls(_ count: Int, on server: RedisServer) async throws {
        try await withRedisClient(server.configuration()) { client in
            try await eventually("\(count) calls are made", within: .seconds(120)) {
                let text = try await client.execute(RedisCommand("INFO", "commandstats")).string ?? ""
                let line = text.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_xack:calls=") } ?? ""
                return (Int(line.dropFirst("cmdstat_xack:calls=".count).prefix { $0.isNumber }) ?? 0) >= count
            }
        }
    }

    @Test func `Ctrl-C ends a run with what was measured until then, and no key is left`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let server = try await RedisServer.start()
        let result = directory.path + "/result.json"
        let run = try LoadTester.start(
            [
                "run", "--scenario", "queue-noop-1", "--redis", "redis://127.0.0.1:\(server.port)", "--warm-up", "0", "--seconds",
                "3600", "--json", result,
            ],
            in: directory
        )
        try await waitForCalls(200, on: server)
        run.signal(SIGINT)
        let (status, out, err) = try await run.finish()
        #expect(status == .exited(130) && err.isEmpty, "\(err)")
        #expect(out.contains("Ended early"))
        let report = try json(result)
        #expect(report["endedEarly"] == true && report["calls"]?.integerValue ?? 0 >= 100)
        #expect(try await keys(server) == 0)
        await server.stop()
    }

    @Test(arguments: ["queue-noop-1", "echo-1"])
    func `Ctrl-C while its processes start leaves no key either`(scenario: String) async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let server = try await RedisServer.start()
        let run = try LoadTester.start(
            ["run", "--scenario", scenario, "--redis", "redis://127.0.0.1:\(server.port)", "--seconds", "3600"],
            in: directory
        )
        try await eventually("it has begun to start", within: .seconds(120)) { try await keys(server) ?? 0 > 0 }
        run.signal(SIGINT)
        let (status, out, err) = try await run.finish()
        #expect(status == .exited(130) && out.isEmpty && err == "interrupted\n", "\(out)\(err)")
        #expect(try await keys(server) == 0)
        await server.stop()
    }

    @Test func `a Redis that dies in mid-run leaves the figures of the calls, with one line that says what is not known`()
        async throws
    {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let server = try await RedisServer.start()
        let (scenario, result) = (directory.path + "/dying.json", directory.path + "/result.json")
        let text = #"{"target":"queue","load":{"kind":"constant","rate":200},"warmUp":0,"seconds":4,"timeout":1}"#
        try Data(text.utf8).write(to: URL(fileURLWithPath: scenario))
        let run = try LoadTester.start(
            ["run", "--scenario", scenario, "--redis", "redis://127.0.0.1:\(server.port)", "--json", result],
            in: directory
        )
        try await waitForCalls(20, on: server)
        await server.stop()
        let (status, out, err) = try await run.finish()
        #expect(status == .exited(0), "\(err)")
        #expect(out.contains("ERRORS") && err.contains("what the calls cost Redis and the workers is not known"), "\(out)\(err)")
        let report = try json(result)
        #expect(report["errors"]?.integerValue ?? 0 > 0 && report["redis"] == nil)
        #expect(report["outcomes"]?["ok"]?.integerValue ?? 0 > 0)
    }

    @Test func `a worker that dies in mid-run is named, and no cost of workers is made up`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let server = try await RedisServer.start()
        let (scenario, result) = (directory.path + "/dying.json", directory.path + "/result.json")
        let text = #"{"target":"queue","workers":2,"load":{"kind":"constant","rate":100},"warmUp":0,"seconds":4,"timeout":1}"#
        try Data(text.utf8).write(to: URL(fileURLWithPath: scenario))
        let run = try LoadTester.start(
            ["run", "--scenario", scenario, "--redis", "redis://127.0.0.1:\(server.port)", "--json", result],
            in: directory
        )
        try await waitForCalls(10, on: server)
        let workers = try run.processes().filter {
            let command = ProcessTable.command(of: $0)
            return command.contains("noop-worker") && !command.contains("guardian")
        }
        #expect(workers.count == 2)
        kill(try #require(workers.first), SIGKILL)
        let (status, out, err) = try await run.finish()
        #expect(status == .exited(0), "\(err)")
        #expect(err.contains("[worker-") && err.contains("ended before the run did"), "\(out)\(err)")
        #expect(err.contains("what the calls cost the workers is not known"), "\(err)")
        let report = try json(result)
        #expect(report["worker"] == nil && report["redis"] != nil)
        await server.stop()
    }

    @Test func `a result that cannot be written to a full disk is no success`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let (status, _, err) = try await LoadTester.start(["run", "--list"], in: directory, standardOutput: "/dev/full").finish()
        #expect(status == .exited(3) && err.contains("standard output"), "\(err)")
    }

    @Test(arguments: [["--help"], ["run", "--help"], ["find-max", "--help"], ["micro", "--help"], []])
    func `help goes to standard output`(arguments: [String]) async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let run = try await LoadTester.run(arguments, in: directory)
        #expect(run.status == .exited(0) && run.err.isEmpty, "\(run.err)")
        #expect(run.out.contains("USAGE: loadtest"))
    }

    @Test func `the floor is measured on a Redis of its own, and Ctrl-C leaves no key on another one`() async throws {
        let directory = try TemporaryDirectory("loadtest")
        defer { directory.remove() }
        let floor = try await LoadTester.run(["floor", "--jobs", "500", "--pings", "100", "--json"], in: directory)
        #expect(floor.status == .exited(0) && floor.err.isEmpty, "\(floor.err)")
        #expect(try JSONValue(parsing: Data(floor.out.utf8))["rows"]?.arrayValue?.count == 3)

        let server = try await RedisServer.start()
        let run = try LoadTester.start(
            ["floor", "--redis", "redis://127.0.0.1:\(server.port)", "--jobs", "10000000"],
            in: directory
        )
        try await waitForCalls(5, on: server)
        run.signal(SIGINT)
        let (status, _, err) = try await run.finish()
        #expect(status == .exited(130) && err == "interrupted\n", "\(err)")
        #expect(try await keys(server) == 0)
        await server.stop()
    }
}
