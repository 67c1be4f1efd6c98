import Foundation
import Glibc
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// `mcpstore` against a real Redis, with a worker of the test where one is needed.
struct CommandTests {
    @Test func `Watching ends when its reader has gone`() async throws {
        try await withStore { fixture in
            let variables = fixture.environment.map { "\($0.key)=\($0.value)" }
            let line = "\"$1\" service watch | head -n 1; echo ended"
            let words: [String] = ["/bin/sh", "-c", line, "sh", BuiltProduct.path(of: "mcpstore")]
            let watch = try ChildProcess.start(["/usr/bin/env"] + variables + words)
            _ = try await watch.line(containing: "watching ", within: .seconds(60))
            for number in 0..<10 { try await fixture.add("s\(number)", tools: []) }
            #expect(try await watch.exit(within: .seconds(60)) == .exited(0))
            #expect(watch.output.contains("added s") && watch.output.contains("ended"), "\(watch.output)")
        }
    }

    @Test func `Services are added, listed, shown and removed`() async throws {
        try await withStore { fixture in
            let added = try await fixture.command(
                "service",
                "add",
                "time",
                "--env",
                "A=b=c",
                "--call-timeout",
                "30s",
                "--retry",
                "never",
                "--",
                "uvx",
                "mcp-server-time",
                "--x"
            )
            #expect(added.status == .exited(0))
            #expect(added.out == "added: time\nnext: mcpstore service wait time\n")
            #expect(added.err == "")
            let config = try await fixture.client.execute(RedisCommand("GET", SpaceKeys(fixture.space).config("time"))).string
            let expected =
                #"{"args":["mcp-server-time","--x"],"callTimeoutMs":30000,"command":"uvx","env":{"A":"b=c"},"placement":"cluster","retry":"never"}}"#
            #expect(config?.hasSuffix("\"config\":" + expected) == true)
            let remote = try await fixture.command(
                "service",
                "add",
                "w",
                "--url",
                "https://h/mcp",
                "--header",
                "X-A: b: c",
                "--replicas",
                "2"
            )
            #expect(remote.status == .exited(0))
            let list = try await fixture.command("service", "list")
            #expect(list.out.split(separator: "\n").count == 3)
            #expect(list.out.contains("uvx mcp-server-time --x"))
            let show = try await fixture.command("service", "show", "w", "--json")
            #expect(try JSONValue(parsing: show.out.utf8)["config"]?["headers"] == ["X-A": "***"])
            let status = try await fixture.command("status")
            #expect(status.out.contains("coordinator  none leads"))
            #expect(try await fixture.command("service", "remove", "w").out == "removed: w\n")
            let gone = try await fixture.command("service", "remove", "w")
            #expect(gone.status == .exited(2))
            #expect(gone.err == "mcpstore: there is no service 'w' in \(fixture.space)\n")
        }
    }

    @Test func `S20: services come from a file or standard input, all or none`() async throws {
        try await withStore { fixture in
            let good = #"{"mcpServers":{"a":{"command":"x"},"b":{"url":"http://h/mcp","icon":"i"}}}"#
            let run = try await fixture.command("service", "add", "--from", "-", "--json", input: good)
            #expect(run.status == .exited(0))
            #expect(try JSONValue(parsing: run.out.utf8)["added"] == ["a", "b"])
            #expect(run.err == "warning: b: 'icon' is kept, but nothing here uses it\n")
            let bad = try await fixture.command(
                "service",
                "add",
                "--from",
                "-",
                input: #"{"c":{"command":"x"},"d d":{"url":"nope"}}"#
            )
            #expect(bad.status == .exited(2))
            #expect(bad.errorLines.count == 1)
            #expect(bad.err.contains("d d: 'd d' is not a valid service name"))
            #expect(bad.err.contains("d d: 'url' is not a web address"))
            let broken = try await fixture.command("service", "add", "--from", "-", input: "{\"a\":\n{]")
            #expect(broken.status == .exited(2))
            #expect(
                broken.err
                    == "mcpstore: standard input is not JSON: expected a member name in double quotes at line 2, column 2\n"
            )
            let services = try await fixture.context.listServices()
            #expect(services.map(\.name) == ["a", "b"])
        }
    }

    @Test func `A call prints the answer, with JSON everything about it`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["echo"])
            let answer = #"{"content":[{"type":"text","text":"hello"}],"structuredContent":{"n": 1.0}}"#
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                String(buffer: job.parameters) == #"{"name":"echo","arguments":{"a": 1}}"#
                    ? .test(.ok, answer) : .test(.ok, String(buffer: job.parameters))
            }
            let plain = try await fixture.command("call", "echo", #"{"a": 1}"#)
            #expect(plain.status == .exited(0))
            #expect(plain.out == "hello\n")
            #expect(plain.err == "")
            let input = try await fixture.command(
                "call",
                "mcp_s_echo",
                "-",
                "--json",
                "--timeout",
                "20s",
                "--lane",
                "batch",
                input: "{\n\"a\": 1}\n"
            )
            #expect(input.status == .exited(0))
            #expect(input.out.hasSuffix(#","result":\#(answer)}"# + "\n"))
            let json = try JSONValue(parsing: input.out.utf8)
            #expect(json["outcome"] == "ok")
            #expect(json["worker"] == "w-test")
            #expect(json["service"] == "s")
            #expect(json["queued_us"] == 1500)
            #expect(json["run_us"] == 2500)
            #expect(json["attempt"] == 1)
            let none = try await fixture.command("call", "s_echo")
            #expect(none.out == #"{"name":"echo","arguments":{}}"# + "\n")
            let stats = try await fixture.command("tool", "stats", "echo", "--json")
            #expect(try JSONValue(parsing: stats.out.utf8)["outcomes"] == ["ok": 3])
            let list = try await fixture.command("tool", "list")
            #expect(list.out == "TOOL  SERVICE  DESCRIPTION\necho  s        -\n")
            await worker.stop()
        }
    }

    @Test func `What the tool or its server reports as an error ends with status 1`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["fail", "wrong"])
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, job in
                job.name == "fail"
                    ? .test(.toolError, #"{"content":[{"type":"text","text":"no such file\nmore"}],"isError":true}"#)
                    : .test(.protocolError, #"{"code":-32602,"message":"bad"}"#)
            }
            let fail = try await fixture.command("call", "fail")
            #expect(fail.status == .exited(1))
            #expect(fail.out == "no such file\nmore\n")
            #expect(fail.err == "mcpstore: the tool 'fail' of service 's' reported an error: no such file\n")
            let wrong = try await fixture.command("call", "wrong", "--json")
            #expect(wrong.status == .exited(1))
            #expect(wrong.err == "mcpstore: the server answered the call of 'wrong' of service 's' with an error: bad (-32602)\n")
            let json = try JSONValue(parsing: wrong.out.utf8)
            #expect(json["outcome"] == "protocolError")
            #expect(json["error"]?["serverError"]?["code"] == -32602)
            await worker.stop()
        }
    }

    @Test func `Wrong JSON, unknown and ambiguous tools end with status 2 and one line`() async throws {
        try await withStore { fixture in
            try await fixture.add("a", tools: ["get", "list"])
            try await fixture.add("b", tools: ["get"])
            let cases: [([String], String)] = [
                (
                    ["call", "list", "{\"a\":"],
                    "mcpstore: the arguments are not a JSON object: the text ends where a value is expected at line 1, column 6"
                ),
                (["call", "list", "[]"], "mcpstore: the arguments are not a JSON object: they must be a JSON object"),
                (["call", "lisst"], "mcpstore: there is no tool 'lisst' in \(fixture.space); did you mean list"),
                (["call", "get"], "mcpstore: 'get' means 2 tools: say which, a_get, b_get"),
                (["tool", "show", "get"], "mcpstore: 'get' means 2 tools: say which, a_get, b_get"),
                (["tool", "stats", "nope"], "mcpstore: there is no tool 'nope' in \(fixture.space)"),
                (["service", "wait", "c"], "mcpstore: there is no service 'c' in \(fixture.space)"),
                (["service", "show", "c d"], "mcpstore: there is no service 'c d' in \(fixture.space)"),
                (
                    ["service", "add", "a", "--url", "http://h"],
                    "mcpstore: nothing was added: a: there is a service of this name"
                ),
                (["service", "add", "x", "--url", "h"], "mcpstore: nothing was added: x: 'url' is not a web address"),
                (["service", "add", "x", "--replicas", "0", "--", "y"], "mcpstore: nothing was added: x: 'replicas' must be"),
            ]
            for (arguments, line) in cases {
                let run = try await CommandRun.run(arguments, environment: fixture.environment)
                #expect(run.status == .exited(2), "\(arguments)")
                #expect(run.errorLines.count == 1, "\(run.err)")
                #expect(run.err.hasPrefix(line), "\(run.err)")
                #expect(run.out == "")
            }
            let input = try await fixture.command("call", "list", "-", input: "nope")
            #expect(input.status == .exited(2))
        }
    }

    @Test func `Without a worker a call ends as unavailable at its deadline, with status 3`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"], status: nil)
            let run = try await fixture.command("call", "get", "--timeout", "300ms", "--json")
            #expect(run.status == .exited(3))
            #expect(run.errorLines.count == 1, "\(run.err)")
            #expect(run.err.contains("ended as unavailable"), "\(run.err)")
            #expect(run.err.contains("disconnected: no worker hosts it yet"), "\(run.err)")
            #expect(try JSONValue(parsing: run.out.utf8)["outcome"] == "unavailable")
            #expect(try await fixture.context.toolStats("get").outcomes == ["unavailable": 1])
        }
    }

    @Test func `Waiting in vain ends with status 3 and says why, quietly when piped`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [], status: nil)
            try await fixture.set(.unreachable, of: "s", reason: "not found", stderr: ["line"])
            let run = try await fixture.command("service", "wait", "s", "--timeout", "200ms")
            #expect(run.status == .exited(3))
            #expect(run.out == "")
            #expect(
                run.err
                    == "mcpstore: the service 's' is not ready after 200 ms: unreachable: not found; its server last wrote: line\n"
            )
            try await fixture.set(.healthy, of: "s")
            let ready = try await fixture.command("service", "wait", "s")
            #expect(ready.status == .exited(0))
            #expect(ready.out == "s is healthy: 0 tools, on w-1\n")
            #expect(ready.err == "")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `A call that is interrupted takes its job back and ends with status 3`(signal: Int32) async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["get"])
            let (started, starts) = AsyncStream.makeStream(of: Void.self)
            let worker = try await AnsweringWorker(fixture, services: ["s"]) { _, _ in
                starts.yield()
                return nil
            }
            let process = try CommandProcess(["call", "get"], environment: fixture.environment)
            for await _ in started { break }
            process.signal(signal)
            let run = try await process.end()
            #expect(run.status == .exited(3))
            let start =
                "mcpstore: the call of 'get' of service 's' ended as cancelled: the caller cancelled the call while it ran on worker w-"
            #expect(run.err.hasPrefix(start) && run.err.hasSuffix(": it may have taken effect\n"), "\(run.err)")
            #expect(try await fixture.context.toolStats("get").outcomes == ["cancelled": 1])
            await worker.stop()
        }
    }

    @Test(arguments: ["worker", "coordinator"])
    func `Worker and coordinator leave in good order when they are told to`(role: String) async throws {
        try await withStore { fixture in
            let process = try CommandProcess([role], environment: fixture.environment)
            // Both are seen in Redis once they are there.
            let appeared = await fixture.poll {
                switch role {
                case "worker": try await fixture.context.status().workers.count == 1
                default: try await fixture.context.status().coordinator != nil
                }
            }
            #expect(appeared)
            process.signal(SIGTERM)
            let run = try await process.end()
            #expect(run.status == .exited(0), "\(run.err)")
            let status = try await fixture.context.status()
            #expect(status.workers.isEmpty)
            #expect(status.coordinator == nil)
        }
    }
}

extension StoreFixture {
    /// Looks again and again, each time after a change in the pool or a second, until the deadline.
    fileprivate func poll(_ condition: () async throws -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            do { if try await condition() { return true } } catch { return false }
            do {
                _ = try await client.execute(
                    RedisCommand("XREAD", "BLOCK", "200", "STREAMS", pool.events, "$"),
                    timeout: .seconds(20)
                )
            } catch { return false }
        }
        return false
    }
}
