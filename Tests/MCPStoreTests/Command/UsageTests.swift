import Foundation
import TestSupport
import Testing

/// What `mcpstore` does with wrong usage, and without a Redis: a status and one clear line.
struct UsageTests {
    private static let nowhere = ["--redis", "redis://127.0.0.1:1"]

    @Test(arguments: [
        (["bogus"], "Unexpected argument 'bogus'"),
        (["call"], "Missing expected argument '<tool>'"),
        (["call", "x", "--bogus"], "Unknown option '--bogus'"),
        (["call", "x", "{}", "more"], "Unexpected argument 'more'"),
        (["call", "x", "--timeout", "10"], "'10' is not a duration from 1 ms to 7 days: write 500ms, 10s, 2m or 1h"),
        (["call", "x", "--lane", "fast"], "'fast' is not a lane: interactive or batch"),
        (["batch", "run"], "name one file of calls: CALLS or --csv FILE"),
        (["batch", "run", "f", "--csv", "g", "--tool", "t"], "name one file of calls"),
        (["batch", "run", "--csv", "f"], "--csv needs --tool NAME"),
        (["batch", "run", "f", "--tool", "t"], "belong to --csv: lines of JSON say it themselves"),
        (["batch", "run", "f", "--resume", "--overwrite"], "--resume and --overwrite exclude each other"),
        (["batch", "run", "f", "--in-flight", "0"], "--in-flight must be from 1 to 10000"),
        (["batch", "retry-failed", "f", "--only", "ok"], "what was answered is not asked again"),
        (["batch", "list", "--limit", "0"], "--limit must be from 1 to 1000"),
        (["service", "add"], "a service needs a NAME, or --from FILE"),
        (["service", "add", "x"], "say what 'x' is: --url URL, or -- COMMAND ARG…"),
        (["service", "add", "--from", "f", "--url", "http://h"], "--from takes everything from the file"),
        (["service", "add", "x", "--env", "novalue", "--", "y"], "--env needs a name, '=' and a value"),
        (["service", "add", "x", "--header", "secret", "--url", "http://h"], "--header needs a name, ':' and a value"),
        (["service", "add", "x", "--env", "A=1", "--env", "A=2", "--", "y"], "--env names 'A' twice"),
        (["service", "add", "--from", "/nowhere.json"], "the file /nowhere.json does not exist"),
        (["worker", "--spaces", "a"], "'a' is not a pattern of spaces"),
        (["worker", "--concurrency", "0"], "--concurrency must be from 2 to 100000"),
        (["worker", "--policy", "some"], "--policy must be any, listed or signed"),
        (["worker", "--metrics-port", "70000"], "--metrics-port must be from 0 to 65535"),
        (["gateway", "--host", "0.0.0.0", "--auth", "none"], "--auth none is for this machine only: on 0.0.0.0"),
        (["gateway", "--host", "192.0.2.1", "--auth", "none"], "whoever reaches it could do everything"),
        (["gateway", "--cors-origin", "*"], "--cors-origin takes whole origins such as https://app.example.com, not '*'"),
        (["gateway", "--cors-origin", "https://a.b/path"], "--cors-origin takes whole origins"),
        (["worker", "--drain-grace", "11m"], "--drain-grace must be at most 10m"),
        (["worker", "--label", "a"], "--label needs NAME=VALUE"),
        (["status"], "no Redis is given: use --redis URL, set MCPSTORE_REDIS_URL, or name a file with --config"),
        (["status", "--config", "/nowhere.json"], "the configuration file /nowhere.json does not exist"),
        (["status", "--redis", "http://h"], "the Redis URL has the unknown scheme 'http'"),
        (["status", "--redis", "redis://h:x"], "the Redis URL has a port that is not a number"),
        (["status", "--namespace", "a:b"] + nowhere, "'a:b' is not a valid namespace name"),
        (["status", "--namespace", "mcpstore"] + nowhere, "the namespace 'mcpstore' is reserved"),
        (["status", "--dataspace", ""] + nowhere, "'' is not a valid dataspace name"),
        (["status", "--cluster", "a b"] + nowhere, "'a b' is not a valid cluster name"),
        (["status", "--redis-password-file", "/nowhere"] + nowhere, "the password file /nowhere does not exist"),
        (["worker", "--namespace", "a b"] + ["--redis", "nonsense"], "the Redis URL has no scheme"),
    ])
    func `Wrong usage ends with status 2 and one line`(arguments: [String], line: String) async throws {
        let run = try await CommandRun.run(arguments)
        #expect(run.status == .exited(2))
        #expect(run.out == "")
        #expect(run.errorLines.count == 1, "\(run.err)")
        #expect(run.err.hasPrefix("mcpstore: "))
        #expect(run.err.contains(line), "\(run.err)")
    }

    @Test(arguments: [["--help"], ["call", "--help"], ["service", "--help"], ["help", "worker"], ["--version"]])
    func `Help is an answer`(arguments: [String]) async throws {
        let run = try await CommandRun.run(arguments)
        #expect(run.status == .exited(0))
        #expect(!run.out.isEmpty)
        #expect(run.err == "")
    }

    @Test(arguments: [["--version"], ["import", "--dry-run", "FILE"]])
    func `A result that could not be written is a failure, unless its reader had seen enough`(arguments: [String]) async throws {
        let directory = try TemporaryDirectory("output")
        defer { directory.remove() }
        let file = directory.path + "/mcp.json"
        try #"{"mcpServers":{"a":{"command":"x"}}}"#.write(toFile: file, atomically: false, encoding: .utf8)
        let words = [BuiltProduct.path(of: "mcpstore")] + arguments.map { $0 == "FILE" ? file : $0 }
        let full = try ChildProcess.start(["/bin/sh", "-c", "\"$@\" 2>&1 >/dev/full", "sh"] + words)
        #expect(try await full.exit() == .exited(3))
        #expect(full.output == "mcpstore: standard output cannot be written: No space left on device\n")
        let closed = try ChildProcess.start(["/bin/bash", "-c", "\"$@\" | true; exit ${PIPESTATUS[0]}", "bash"] + words)
        #expect(try await closed.exit() == .exited(0))
    }

    @Test(arguments: [
        ["status"], ["call", "x"], ["service", "list"], ["tool", "stats"], ["service", "add", "x", "--url", "http://h"],
    ])
    func `Without a Redis there is no answer and one line`(arguments: [String]) async throws {
        let port = try freePort()
        let run = try await CommandRun.run(
            arguments + ["--redis", "redis://127.0.0.1:\(port)"],
            environment: ["MCPSTORE_SOCKET_TIMEOUT": "5"]
        )
        #expect(run.status == .exited(3))
        #expect(run.out == "")
        #expect(run.errorLines.count == 1, "\(run.err)")
        #expect(run.err.contains("127.0.0.1:\(port) refused the connection; is Redis running there?"), "\(run.err)")
    }

    @Test func `A host that does not exist is said`() async throws {
        let run = try await CommandRun.run(["status", "--redis", "redis://no-such-host.invalid"])
        #expect(run.status == .exited(3))
        #expect(run.errorLines.count == 1, "\(run.err)")
        #expect(run.err.contains("no-such-host.invalid"), "\(run.err)")
    }

    @Test func `With JSON the error is on standard output too`() async throws {
        let run = try await CommandRun.run(["status", "--json", "--redis", "http://h"])
        #expect(run.status == .exited(2))
        #expect(run.out.hasPrefix(#"{"error":{"code":"badConfiguration","message":"the Redis URL"#))
        #expect(run.errorLines.count == 1)
    }

    @Test func `A wrong password is no answer, and no output shows one`() async throws {
        var options = RedisServer.Options()
        options.password = "right-secret"
        try await withRedisServer(options) { server in
            let url = "redis://127.0.0.1:\(server.port)"
            let none = try await CommandRun.run(["status", "--redis", url])
            #expect(none.status == .exited(3))
            #expect(none.errorLines.count == 1, "\(none.err)")
            let wrong = try await CommandRun.run([
                "status", "--redis", "redis://:wrong-secret@127.0.0.1:\(server.port)", "--debug",
            ])
            #expect(wrong.status == .exited(3))
            #expect(!wrong.err.contains("secret"), "\(wrong.err)")
            let variable = try await CommandRun.run(
                ["service", "list", "--redis", url, "--debug"],
                environment: ["MCPSTORE_REDIS_PASSWORD": "right-secret"]
            )
            #expect(variable.status == .exited(0))
            #expect(variable.err.contains("redis_duration"), "\(variable.err)")
            #expect(!variable.err.contains("secret"))
            let directory = try TemporaryDirectory("password")
            defer { directory.remove() }
            try "right-secret\n".write(toFile: directory.path + "/pw", atomically: false, encoding: .utf8)
            let file = try await CommandRun.run([
                "service", "list", "--redis", url, "--redis-password-file", directory.path + "/pw",
            ])
            #expect(file.status == .exited(0))
            #expect(file.out == "no services: add one with mcpstore service add\n")
            #expect(file.err == "")
        }
    }

    @Test func `A configuration file is read and its unknown fields are named`() async throws {
        let directory = try TemporaryDirectory("configuration")
        defer { directory.remove() }
        let server = try await RedisServer.shared()
        let path = directory.path + "/c.json"
        try #"{"url":"\#(server.url)","namespace":"from-file","socket_timout":1}"#.write(
            toFile: path,
            atomically: false,
            encoding: .utf8
        )
        let run = try await CommandRun.run(["status", "--json", "--config", path])
        #expect(run.status == .exited(0))
        #expect(run.out.contains(#""space":"from-file:default""#))
        #expect(run.err == "warning: unknown field 'socket_timout' in \(path) is ignored\n")
    }
}
