import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreProtocol

@Suite(.timeLimit(.minutes(5))) struct StdioSessionTests {
    @Test func `a modern server gets the envelope with every request`() async throws {
        try await withSession(ScriptedServer("")) { session in
            #expect(session.revision == .v20260728)
            #expect(session.era == .modern)
            #expect(session.instructions == "be kind")
            #expect(session.serverInfo.map { String(buffer: $0) } == #"{"name": "scripted", "version": "1"}"#)
            let text = try #require(await session.callTool(#"{"a":1}"#).resultText)
            #expect(text.contains(#"\"io.modelcontextprotocol/protocolVersion\": \"2026-07-28\""#))
            #expect(text.contains(#"\"io.modelcontextprotocol/clientCapabilities\": {}"#))
            #expect(text.contains(#"\"arguments\": {\"a\": 1}"#))
        }
    }

    @Test func `a legacy server is initialized and gets no envelope`() async throws {
        try await withSession(ScriptedServer(era: .legacy, "")) { session in
            #expect(session.revision == .v20251125)
            let text = try #require(await session.callTool().resultText)
            #expect(!text.contains("io.modelcontextprotocol"))
            try await session.ping(timeout: .seconds(10))
        }
    }

    @Test func `a legacy server that never answers the probe is initialized after a while`() async throws {
        var limits = SessionLimits()
        limits.probeTimeout = .milliseconds(100)
        let server = try ScriptedServer(era: .legacy, "def other(message): pass")
        try await withSession(server, limits: limits) { session in
            #expect(session.revision == .v20251125)
            #expect(await session.callTool().resultText != nil)
        }
    }

    @Test func `a modern server that was slow to start is recognised although it was initialized meanwhile`() async throws {
        var limits = SessionLimits()
        limits.probeTimeout = .milliseconds(50)
        // It reads only when both openers have come.
        let server = try ScriptedServer(
            """
            first = sys.stdin.readline(); second = sys.stdin.readline()
            assert json.loads(second)["method"] == "initialize"
            message = json.loads(second)
            refuse(message, -32022, "no", {"supported": ["2026-07-28"]})
            message = json.loads(first)
            answer(message, {"supportedVersions": ["2026-07-28"], "capabilities": {}})
            """
        )
        try await withSession(server, limits: limits) { session in
            #expect(session.revision == .v20260728)
            #expect(await session.callTool().resultText != nil)
        }
    }

    @Test func `a server of an unknown revision is refused with both sides' versions`() async throws {
        let server = try ScriptedServer(
            era: .none,
            """
            for line in sys.stdin:
                message = json.loads(line)
                if message["method"] == "server/discover": refuse(message, -32601, "what")
                else: answer(message, {"protocolVersion": "1999-01-01", "capabilities": {}})
            """
        )
        defer { server.remove() }
        let error = try #require(await #expect(throws: MCPError.self) { try await MCPSession.open(server.configuration()) })
        #expect(error.code == .unsupportedVersion)
        #expect(error.message.contains("1999-01-01"))
        #expect(error.message.contains("2025-11-25"))
    }

    @Test func `requests are pipelined and answered in any order`() async throws {
        let server = try ScriptedServer(
            """
            held = []
            def call(message, arguments):
                held.append(message)
                if len(held) == 100:
                    for message in reversed(held): answer(message, text(str(message["params"]["arguments"]["n"])))
            """
        )
        try await withSession(server) { session in
            let answers = await withTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<100 {
                    group.addTask { (number, await session.callTool("{\"n\":\(number)}").resultText) }
                }
                return await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == 100)
            for (number, text) in answers { #expect(text.contains("\"text\": \"\(number)\"")) }
        }
    }

    @Test func `a request sent from the event loop is completed on it, and not before send returns`() async throws {
        try await withSession(ScriptedServer("")) { session in
            let loop = session.eventLoop
            let order: [String] = try await loop.flatSubmit {
                let done = loop.makePromise(of: [String].self)
                let log = NIOLoopBoundBox<[String]>([], eventLoop: loop)
                session.send(MCPRequest(method: "tools/call", params: ByteBuffer(string: "[]"))) { response in
                    #expect(loop.inEventLoop)
                    #expect(response.failure?.code == .invalidRequest)
                    log.value.append("refused")
                    done.succeed(log.value)
                }
                log.value.append("returned")
                return done.futureResult
            }.get()
            #expect(order == ["returned", "refused"])
        }
    }

    @Test func `garbage on standard output is skipped, too much of it ends the session`() async throws {
        var limits = SessionLimits()
        limits.maximumBadMessages = 5
        let server = try ScriptedServer(
            """
            raw("Welcome to my server!\\n\\n   \\n{\\"no\\":\\"message\\"}\\n")
            def call(message, arguments):
                for n in range(arguments["n"]): raw("debug: %d\\n" % n)
                return text("fine")
            """
        )
        let events = EventLog()
        try await withSession(server, limits: limits, events: events) { session in
            #expect(await session.callTool(#"{"n":3}"#).resultText != nil)
            let error = try #require(await session.callTool(#"{"n":1}"#).failure)
            // The open request was lost with the session; that it was closed for its garbage is the session's reason.
            #expect(error.code == .closed)
            #expect(error.requestWasWritten)
            let reason = await events.first { if case .closed(let reason) = $0 { reason } else { nil } }
            #expect(reason?.code == .protocolViolation)
            // What comes later is refused at once, and cannot have been seen.
            let late = try #require(await session.callTool().failure)
            #expect(late.code == .protocolViolation)
            #expect(!late.requestWasWritten)
        }
    }

    @Test func `answers with another id are dropped`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                send({"jsonrpc": "2.0", "id": 99999, "result": text("wrong")})
                send({"jsonrpc": "2.0", "id": str(message["id"]), "result": text("wrong")})
                send({"jsonrpc": "2.0", "id": None, "result": text("wrong")})
                answer(message, text("right"))
                answer(message, text("again"))
            """
        )
        try await withSession(server) { session in
            for _ in 0..<3 { #expect(await session.callTool().resultText?.contains("right") == true) }
        }
    }

    @Test func `a request that hangs times out, the server is told, and the late answer is dropped`() async throws {
        let server = try ScriptedServer(
            """
            held = []
            def call(message, arguments):
                if arguments.get("hang"): held.append(message)
                else: return text("fine")
            def other(message):
                if message["method"] == "notifications/cancelled":
                    assert message["params"]["requestId"] == held[0]["id"], message
                    answer(held[0], text("late"))
                    send({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": message["params"]["reason"]}})
            """
        )
        let events = EventLog()
        try await withSession(server, events: events) { session in
            let error = try #require(await session.callTool(#"{"hang":true}"#, timeout: .milliseconds(50)).failure)
            #expect(error.code == .timedOut)
            #expect(error.requestWasWritten)
            let told = await events.first { if case .log(let text) = $0 { text } else { nil } }
            #expect(told?.contains("timed out") == true)
            #expect(await session.callTool().resultText?.contains("fine") == true)
        }
    }

    @Test func `cancelling the task cancels the request and tells the server`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
            def other(message):
                send({"jsonrpc": "2.0", "method": "notifications/message", "params": message})
            """
        )
        let events = EventLog()
        try await withSession(server, events: events) { session in
            let task = Task { await session.callTool() }
            // The server has it.
            _ = await events.first { if case .listChanged(.tools) = $0 { true } else { nil } }
            task.cancel()
            let error = try #require(await task.value.failure)
            #expect(error.code == .cancelled)
            #expect(error.requestWasWritten)
            let told = await events.first { if case .log(let text) = $0 { text } else { nil } }
            #expect(told?.contains("notifications/cancelled") == true)
        }
    }

    @Test func `a flood of notifications delays nothing for long and loses nothing`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                token = message["params"]["_meta"]["progressToken"]
                for n in range(20000):
                    raw('{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%d,"progress":%d}}\\n' % (token, n))
                return text("done")
            """
        )
        try await withSession(server) { session in
            let count = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: session.eventLoop)
            var request = MCPRequest(method: "tools/call", params: ByteBuffer(string: #"{"name":"t"}"#))
            request.onProgress = { _ in count.value += 1 }
            #expect(await session.request(request).resultText != nil)
            let total = try await session.eventLoop.submit { count.value }.get()
            #expect(total == 20_000)
        }
    }

    @Test func `progress reaches the request it belongs to, under a token of the session's own`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                token = message["params"]["_meta"]["progressToken"]
                for t in (token, token + 1000, "mine"):
                    send({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": t, "progress": 1}})
                return text("token %s" % token)
            """
        )
        try await withSession(server) { session in
            let seen = NIOLoopBoundBox.makeBoxSendingValue([String](), eventLoop: session.eventLoop)
            var request = MCPRequest(
                method: "tools/call",
                params: ByteBuffer(string: #"{"name":"t","_meta":{"progressToken":"mine"}}"#)
            )
            request.onProgress = { seen.value.append(String(buffer: $0)) }
            let text = try #require(await session.request(request).resultText)
            #expect(!text.contains("mine"))
            let lines = try await session.eventLoop.submit { seen.value }.get()
            #expect(lines.count == 1)
        }
    }

    @Test func `a server that crashes at start is reported with what it said`() async throws {
        let server = try ScriptedServer(
            era: .none,
            #"sys.stderr.write("cannot find the config: key=s3cret-value\n"); sys.exit(3)"#
        )
        defer { server.remove() }
        let events = EventLog()
        let configuration = server.configuration { $0.secrets = ["s3cret-value"] }
        let error = try #require(
            await #expect(throws: MCPError.self) { try await MCPSession.open(configuration, events: events) }
        )
        #expect(error.code == .startFailed)
        #expect(error.message.contains("exit code 3"))
        #expect(error.detail == "cannot find the config: key=[redacted]")
        let reason = await events.first { if case .closed(let reason) = $0 { reason } else { nil } }
        #expect(reason?.code == .startFailed)
    }

    @Test func `a command that does not exist is reported with advice`() async throws {
        let configuration = ServerConfiguration(transport: .stdio(StdioServer(command: "no-such-command-at-all")))
        let error = try #require(await #expect(throws: MCPError.self) { try await MCPSession.open(configuration) })
        #expect(error.code == .startFailed)
        #expect(error.message.contains("'no-such-command-at-all' was not found"))
        #expect(error.detail?.contains("is it installed and in PATH?") == true)
    }

    @Test func `a server that never answers is given up at its start timeout`() async throws {
        let server = try ScriptedServer(era: .none, "for line in sys.stdin: pass")
        defer { server.remove() }
        var configuration = server.configuration()
        configuration.startTimeout = .milliseconds(300)
        let error = try #require(await #expect(throws: MCPError.self) { try await MCPSession.open(configuration) })
        #expect(error.code == .timedOut)
    }

    @Test func `opening can be cancelled`() async throws {
        let server = try ScriptedServer(era: .none, #"sys.stderr.write("up\n"); sys.stderr.flush(); time.sleep(1000)"#)
        defer { server.remove() }
        let events = EventLog()
        let task = Task { try await MCPSession.open(server.configuration(), events: events) }
        _ = await events.first { if case .standardError = $0 { true } else { nil } }
        task.cancel()
        let error = try #require(await #expect(throws: MCPError.self) { try await task.value })
        #expect(error.code == .cancelled)
    }

    @Test func `a crash in the middle of a line fails what was written and what was not, each exactly once`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                raw('{"jsonrpc":"2.0","id":%d,"result":{"content":[' % message["id"])
                sys.stderr.write("out of cheese\\n")
                os._exit(9)
            """
        )
        try await withSession(server) { session in
            let error = try #require(await session.callTool().failure)
            #expect(error.code == .closed)
            #expect(error.message.contains("exit code 9"))
            #expect(error.detail?.contains("out of cheese") == true)
            #expect(error.requestWasWritten)
            let late = try #require(await session.callTool().failure)
            #expect(!late.requestWasWritten)
            #expect(session.recentStandardError == ["out of cheese"])
        }
    }

    @Test func `an answer that is too large fails its own request only`() async throws {
        var limits = SessionLimits()
        limits.maximumMessageBytes = 100_000
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                result = text("x" * arguments["n"])
                if arguments.get("last"):
                    raw(json.dumps({"result": result, "jsonrpc": "2.0", "id": message["id"]}) + "\\n")
                else: return result
            """
        )
        try await withSession(server, limits: limits) { session in
            async let small = session.callTool(#"{"n":90000}"#)
            async let large = session.callTool(#"{"n":400000}"#)
            async let last = session.callTool(#"{"n":400000,"last":true}"#)
            #expect(await small.resultText?.utf8.count ?? 0 > 90_000)
            for error in [await large.failure, await last.failure] {
                #expect(error?.code == .tooLarge)
                #expect(error?.message.contains("100000") == true)
            }
            #expect(await session.callTool(#"{"n":1}"#).resultText != nil)
        }
    }

    @Test func `large parameters and results go through unchanged`() async throws {
        let server = try ScriptedServer("def call(message, arguments): return text(arguments['s'])")
        try await withSession(server) { session in
            let long = String(repeating: "äöü€😀abc", count: 100_000)
            let text = try #require(await session.callTool("{\"s\":\"\(long)\"}").resultText)
            let decoded = try JSONDecoder().decode(ToolText.self, from: Data(text.utf8))
            #expect(decoded.content.first?.text == long)
        }
    }

    @Test func `a server that does not read its input makes the session refuse, not grow`() async throws {
        var limits = SessionLimits()
        limits.maximumPendingWriteBytes = 1 << 20
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                sys.stderr.write("stuck\\n"); sys.stderr.flush()
                signal.pause()
            """
        )
        let events = EventLog()
        try await withSession(server, limits: limits, events: events) { session in
            async let stuck = session.callTool()
            _ = await events.first { if case .standardError("stuck") = $0 { true } else { nil } }
            let padding = String(repeating: "x", count: 300_000)
            let errors = await withTaskGroup(of: MCPError?.self) { group in
                for _ in 0..<8 { group.addTask { await session.callTool("{\"p\":\"\(padding)\"}").failure } }
                var errors: [MCPError] = []
                for await error in group {
                    guard let error else { continue }
                    errors.append(error)
                    // Three fit into the bound at most.
                    if errors.count == 4 { await session.close() }
                }
                return errors
            }
            #expect(errors.count == 8)
            let busy = errors.filter { $0.code == .busy }
            #expect(busy.count >= 4)
            #expect(busy.allSatisfy { !$0.requestWasWritten })
            let closed = errors.filter { $0.code == .closed }
            // The pipe took the first bytes of the first; the last one never got that far.
            #expect(closed.count { $0.requestWasWritten } == 1)
            #expect(closed.contains { !$0.requestWasWritten })
            #expect(await stuck.failure?.requestWasWritten == true)
        }
    }

    @Test func `the era decides how requests of the server are answered`() async throws {
        let server = try ScriptedServer(
            era: .legacy,
            """
            answers = []
            def call(message, arguments):
                held.append(message)
                for method in ("ping", "sampling/createMessage", "roots/list", "elicitation/create"):
                    send({"jsonrpc": "2.0", "id": method, "method": method, "params": {}})
            held = []
            def other(message):
                if message.get("method"): return refuse(message, -32601, "unknown") if "id" in message else None
                answers.append([message["id"], message.get("result"), message.get("error", {}).get("code")])
                if len(answers) == 4: answer(held[0], text(json.dumps(answers)))
            """
        )
        try await withSession(server) { session in
            let text = try #require(await session.callTool().resultText)
            #expect(text.contains(#"[[\"ping\", {}, null], [\"sampling/createMessage\", null, -32601]"#))
            #expect(text.contains(#"[\"roots/list\", null, -32601], [\"elicitation/create\", null, -32601]]"#))
        }
    }

    @Test func `a server that cannot be started is an error, not the end of the process`() async throws {
        // One text of more than 128 KiB is more than Linux gives a program.
        let server = try ScriptedServer("")
        defer { server.remove() }
        let long = String(repeating: "x", count: 200_000)
        for _ in 0..<3 {
            let error = try #require(
                await #expect(throws: MCPError.self) {
                    try await MCPSession.open(server.configuration { $0.environment = ["LONG": long] })
                }
            )
            #expect(error.code == .startFailed)
            #expect(error.message.contains("too long") && error.message.utf8.count < 1000, "\(error.message)")
        }
    }

    @Test func `the child gets a clean environment, its own directory and nothing else`() async throws {
        let server = try ScriptedServer(
            """
            def call(message, arguments):
                fds = sorted(int(f) for f in os.listdir("/proc/self/fd"))
                return text(json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "fds": fds[:-1]}))
            """
        )
        setenv("MCPSTORE_TEST_LEAK", "leaked", 1)
        try await withSession(
            server,
            {
                $0.environment = ["DECLARED": "yes", "HOME": "/nowhere"]; $0.workingDirectory = "/"
            }
        ) {
            let text = try #require(await $0.callTool().resultText)
            #expect(!text.contains("leaked"))
            #expect(text.contains(#"\"DECLARED\": \"yes\""#))
            #expect(text.contains(#"\"HOME\": \"/nowhere\""#))
            #expect(text.contains(#"\"PATH\": "#))
            #expect(text.contains(#"\"cwd\": \"/\""#))
            #expect(text.contains(#"\"fds\": [0, 1, 2]"#))
        }
    }

    @Test func `changes of lists are told in both eras`() async throws {
        let capabilities = #"{"tools": {"listChanged": true}, "prompts": {}}"#
        let modern = try ScriptedServer(
            capabilities: capabilities,
            """
            def other(message):
                assert message["method"] == "subscriptions/listen", message
                assert message["params"]["notifications"] == {"toolsListChanged": True}, message
                send({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {}})
                send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {}})
            """
        )
        let legacy = try ScriptedServer(
            era: .legacy,
            capabilities: capabilities,
            """
            def call(message, arguments):
                send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
            """
        )
        for (server, calls) in [(modern, false), (legacy, true)] {
            let events = EventLog()
            try await withSession(server, events: events) { session in
                if calls { session.send(MCPRequest(method: "tools/call", params: ByteBuffer(string: "{}"))) { _ in } }
                let kind = await events.first { event -> ListKind? in if case .listChanged(let kind) = event { kind } else { nil }
                }
                #expect(kind == .tools)
            }
        }
    }

    @Test func `lists are read over all their pages`() async throws {
        let server = try ScriptedServer(
            capabilities: #"{"tools": {}, "resources": {}}"#,
            """
            def other(message):
                method, cursor = message["method"], message["params"].get("cursor")
                if method == "tools/list":
                    page = {None: 0, "": 1, "two": 2}[cursor]
                    result = {"tools": [{"name": "t%d" % page, "annotations": {"readOnlyHint": page == 1}}]}
                    if page < 2: result["nextCursor"] = ["", "two"][page]
                    answer(message, result)
                elif method == "resources/list": answer(message, {"resources": [], "nextCursor": "again"})
                else: refuse(message, -32601, "unknown method")
            """
        )
        try await withSession(server) { session in
            let tools = try await session.listTools()
            #expect(tools.map(\.name) == ["t0", "t1", "t2"])
            #expect(tools.map(\.readOnlyHint) == [false, true, false])
            #expect(String(buffer: tools[0].raw) == #"{"name": "t0", "annotations": {"readOnlyHint": false}}"#)
            #expect(try await session.listPrompts().isEmpty)
            #expect(try await session.listResourceTemplates().isEmpty)
            let error = await #expect(throws: MCPError.self) { try await session.listResources() }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func `closing leaves nothing behind of a server that ignores SIGTERM and has children of its own`() async throws {
        var limits = SessionLimits()
        limits.closeGrace = .milliseconds(100)
        limits.terminateGrace = .milliseconds(100)
        let server = try ScriptedServer(
            """
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            stubborn = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
            child = subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=True)
            def call(message, arguments): return text("%d %d" % (os.getpid(), child.pid))
            serve()
            time.sleep(1000)
            """
        )
        let pids = try await withSession(server, limits: limits) { session in
            let text = try #require(await session.callTool().resultText)
            return text.split { !$0.isNumber }.compactMap { Int32($0) }
        }
        #expect(pids.count == 2)
        for pid in pids { #expect(!isAlive(pid), "\(pid) is still there") }
    }

    @Test func `letting go of a session ends its server`() async throws {
        let server = try ScriptedServer("def call(message, arguments): return text(str(os.getpid()))")
        defer { server.remove() }
        let events = EventLog()
        var session: MCPSession? = try await MCPSession.open(server.configuration(), events: events)
        let pid = try #require(await session?.callTool().resultText?.split { !$0.isNumber }.first.flatMap { Int32($0) })
        weak let engine = session?.engine
        let loop = try #require(session?.eventLoop)
        session = nil
        let reason = await events.first { if case .closed(let reason) = $0 { reason } else { nil } }
        #expect(reason?.code == .closed)
        #expect(!isAlive(pid))
        // The event is the last thing that the engine does; the turn of the loop that it did it in must end.
        try await loop.submit {}.get()
        #expect(engine == nil, "something still holds the engine")
    }

    @Test func `descriptors are given back`() async throws {
        // Other tests run meanwhile: a leak shows as growth with the number of rounds.
        let server = try ScriptedServer("")
        defer { server.remove() }
        let missing = ServerConfiguration(transport: .stdio(StdioServer(command: "no-such-command-at-all")))
        let before = openPipes()
        for _ in 0..<60 {
            let session = try await MCPSession.open(server.configuration())
            await session.close()
            _ = await #expect(throws: MCPError.self) { try await MCPSession.open(missing) }
        }
        // Pipes of other tests come and go; those of a leak stay.
        let deadline = ContinuousClock.now + .seconds(60)
        while openPipes() >= before + 250, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
        #expect(openPipes() < before + 250, "each of the 120 sessions had three pipes")
    }
}

private struct ToolText: Decodable {
    struct Content: Decodable {
        var text: String
    }

    var content: [Content]
}

private func openPipes() -> Int {
    do {
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    } catch {
        Issue.record("cannot count descriptors: \(error)")
        return 0
    }
}
