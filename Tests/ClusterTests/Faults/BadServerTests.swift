import Foundation
import MCPStore
import TestSupport
import Testing

@Suite struct `MCP servers that do not behave` {
    /// A service that never gets ready, and what its state must say: what is wrong, in words that a person can act on.
    struct Hopeless: Sendable {
        let name: String
        let add: [String]
        let words: [String]
    }

    @Test func `Servers that never get ready say why, and a healthy service beside them answers all the while`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let server = BuiltProduct.path(of: "toolserver")
            let web = try await PeerServer.toolServer()
            defer { web.process.signal(9) }
            let origin = String(web.url.prefix(while: { $0 != "?" }).dropLast("/mcp".count))
            #expect(web.url == origin + "/mcp")
            let closed = try freePort()
            let hopeless: [Hopeless] = [
                .init(
                    name: "fails",
                    add: ["--", server, "--start-fail", "LICENSE_KEY is not set"],
                    words: ["toolserver", "exit", "3"]
                ),
                .init(name: "missing", add: ["--", "/nowhere/no-such-server"], words: ["/nowhere/no-such-server", "not found"]),
                .init(
                    name: "unknown",
                    add: ["--", "no-such-command-anywhere"],
                    words: ["no-such-command-anywhere", "not found"]
                ),
                .init(
                    name: "garbage",
                    add: ["--", "/usr/bin/yes", "this is no JSON"],
                    words: ["not JSON", "nothing else to its output"]
                ),
                .init(name: "echoes", add: ["--start-timeout", "2s", "--", "/bin/cat"], words: ["refused to initialize"]),
                .init(
                    name: "silent",
                    add: ["--start-timeout", "2s", "--", "/bin/sleep", "600"],
                    words: ["did not answer", "start"]
                ),
                .init(
                    name: "slow",
                    add: ["--start-timeout", "1s", "--", server, "--start-delay-ms", "30000"],
                    words: ["did not answer", "start timeout"]
                ),
                .init(
                    name: "refused",
                    add: ["--url", "http://127.0.0.1:\(closed)/mcp"],
                    words: ["127.0.0.1:\(closed)", "refused"]
                ),
                .init(name: "wrong-url", add: ["--url", "\(origin)/nothing/here"], words: [origin, "404"]),
                .init(
                    name: "reference",
                    add: ["--env", "TOKEN=${NOT_SET_ANYWHERE}", "--", server],
                    words: ["NOT_SET_ANYWHERE", "not set"]
                ),
            ]
            try await cluster.add("tools")
            let context = try await cluster.openStore().forStore()
            let load = EndlessLoad(in: context, callers: 4, timeout: .seconds(10), service: "tools")
            for service in hopeless { try await cluster.succeed(["service", "add", service.name] + service.add) }
            for service in hopeless {
                let state = try await StateChanges(of: service.name, in: cluster).next { state in
                    ["reconnecting", "unreachable"].contains(state.status) && !state.error.isEmpty
                }
                for word in service.words {
                    #expect(state.reason.contains(word), "\(service.name): no '\(word)' in \(state)")
                }
            }
            // While it waits for the next try, it says when that is.
            _ = try await StateChanges(of: "fails", in: cluster).next { $0.reason.contains("next try in") }
            let fails = try await StateChanges(of: "fails", in: cluster).next { !$0.stderr.isEmpty }
            #expect(fails.stderr.contains("LICENSE_KEY is not set"), "\(fails)")
            // The command line says the same.
            let wait = try await cluster.command("service", "wait", "fails", "--timeout", "1s")
            #expect(wait.status == 3 && wait.error.contains("LICENSE_KEY is not set"), "\(wait)")
            // After some failures it is called what it is.
            _ = try await StateChanges(of: "fails", in: cluster).next { $0.status == "unreachable" }

            let endings = await load.end()
            #expect(endings.count > 10)
            #expect(endings.allSatisfy { $0.outcome == "ok" }, "\(endings.outcomes)")
            await web.stop()
        }
    }

    @Test func `Garbage before, wrong ids, double and late answers, silence and floods cost the calls of that server only`()
        async throws
    {
        try await withFaultyCluster(workers: 1) { cluster in
            let server = BuiltProduct.path(of: "toolserver")
            try await cluster.add("tools")
            for name in ["garbage", "wrong-id", "hang", "double-answer", "late-answer"] {
                try await cluster.add(name, [server, "--\(name)"])
            }
            try await cluster.add("flood", [server, "--flood", "20000"])
            let context = try await cluster.openStore().forStore()
            let load = EndlessLoad(in: context, callers: 4, timeout: .seconds(10), service: "tools")
            func echo(_ service: String, _ count: Int = 1, timeout: Duration = .seconds(10)) async -> [CallBatch.Ending] {
                let calls = (0..<count).map {
                    CallBatch.Call(
                        tool: "echo",
                        id: "\($0)",
                        arguments: ["text": .string("\($0)")],
                        timeout: timeout,
                        service: service
                    )
                }
                return await CallBatch(calls, in: context).endings()
            }
            // Lines of a careless server before its first message are forgiven, double answers and floods are dropped.
            for service in ["garbage", "double-answer", "flood"] {
                let endings = await echo(service, 20)
                #expect(endings.allSatisfy { $0.outcome == "ok" && $0.text == $0.call.id }, "\(service): \(endings)")
            }
            // No answer that fits: the call ends at its own deadline, and says so.
            for service in ["wrong-id", "hang"] {
                let began = ContinuousClock.now
                let endings = await echo(service, 5, timeout: .seconds(1))
                #expect(endings.allSatisfy { $0.outcome == "timedOut" }, "\(service): \(endings)")
                #expect(
                    endings.allSatisfy { $0.text.contains("did not answer") || $0.text.contains("no answer") },
                    "\(service): \(endings)"
                )
                #expect(ContinuousClock.now - began < .seconds(6), "\(service)")
            }
            // An answer that comes after the deadline is dropped, and no later call gets it.
            let late = await CallBatch.run(
                .init(tool: "sleep", id: "late", arguments: ["ms": 700], timeout: .milliseconds(300), service: "late-answer"),
                in: context
            )
            #expect(late.outcome == "timedOut", "\(late)")
            let after = await echo("late-answer", 20)
            #expect(after.allSatisfy { $0.outcome == "ok" && $0.text == $0.call.id }, "\(after)")

            let endings = await load.end()
            #expect(endings.count > 10)
            #expect(endings.allSatisfy { $0.outcome == "ok" }, "\(endings.outcomes)")
            for service in ["garbage", "wrong-id", "hang", "double-answer", "late-answer", "flood"] {
                #expect(try await cluster.jobsLeft(service) == 0, "\(service)")
            }
        }
    }
}
