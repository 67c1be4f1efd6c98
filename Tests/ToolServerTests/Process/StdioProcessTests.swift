import Foundation
import Glibc
import TestSupport
import Testing

@testable import ToolServer

@Suite("The program over stdio", .timeLimit(.minutes(5)))
struct StdioProcessTests {
    private func start(_ arguments: String..., environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess.start([BuiltProduct.path(of: "toolserver")] + arguments, environment: environment, hasInput: true)
    }

    /// Sends `line` and returns the answer to the request `id` in it.
    private func ask(_ process: ChildProcess, _ line: String, id: Int) async throws -> JSONText {
        try process.write(line + "\n")
        return try await JSONText(process.line(startingWith: #"{"jsonrpc":"2.0","id":\#(id),"#))
    }

    @Test("Through pipes, it answers what it was asked and exits at the end of the input")
    func pipes() async throws {
        let lines = [Messages.legacyInitialize, Messages.call("echo", #""text":"hello""#, id: "1")].joined(separator: "\\n")
        let script = "printf '%b\\n' '\(lines)' | '\(BuiltProduct.path(of: "toolserver"))' | cat"
        let process = try ChildProcess.start(["/bin/bash", "-o", "pipefail", "-c", script])
        #expect(try await process.exit() == .exited(0))
        #expect(process.output.contains(#""text":"hello""#))
    }

    @Test("Thousands of pipelined calls are answered, each once and in order")
    func pipelined() async throws {
        let process = try self.start()
        _ = try await self.ask(process, Messages.legacyInitialize, id: 0)
        let calls = (1...5000).map { Messages.call("echo", #""text":"x""#, id: String($0)) + "\n" }.joined()
        try process.write(calls)
        _ = try await process.line(startingWith: #"{"jsonrpc":"2.0","id":5000,"#)
        let ids = try process.output.split(separator: "\n").dropFirst().map { try JSONText($0).id }
        #expect(ids == Array(1...5000))
        process.closeInput()
        #expect(try await process.exit() == .exited(0))
    }

    @Test("A large answer comes whole, also to a reader that is slow to start")
    func large() async throws {
        let process = try self.start()
        let answer = try await self.ask(process, Messages.modernCall("big", #""bytes":900000"#, id: "1"), id: 1)
        #expect(answer.answer?.utf8.count == 900_000)
        await process.stop()
    }

    @Test("environment and pid tell of the process, stderr writes there")
    func process() async throws {
        let process = try self.start(environment: ["TOOLSERVER_TEST": "some value"])
        let environment = Messages.modernCall("environment", #""name":"TOOLSERVER_TEST""#, id: "1")
        #expect(try await self.ask(process, environment, id: 1).answer == "some value")
        let unset = Messages.modernCall("environment", #""name":"TOOLSERVER_UNSET""#, id: "2")
        #expect(try await self.ask(process, unset, id: 2).isError)
        // setpriv becomes the server: it keeps its process id.
        let pid = try await self.ask(process, Messages.modernCall("pid", id: "3"), id: 3).answer
        #expect(pid == String(process.processIdentifier))
        _ = try await self.ask(process, Messages.modernCall("stderr", #""text":"to stderr""#, id: "4"), id: 4)
        _ = try await process.line(startingWith: "to stderr")
        await process.stop()
    }

    @Test("crash ends it at once, with the status asked for", arguments: [(nil, 1), (0, 0), (42, 42)] as [(Int?, Int32)])
    func crash(code: Int?, status: Int32) async throws {
        let process = try self.start()
        try process.write(Messages.modernCall("crash", code.map { "\"exitCode\":\($0)" } ?? "") + "\n")
        #expect(try await process.exit() == .exited(status))
        #expect(process.output.isEmpty)
    }

    @Test("Each execution leaves its lines, with tool, id and process")
    func record() async throws {
        let record = try RecordFile()
        let process = try self.start("--record", record.path)
        for (number, tool) in ["record_readonly", "record_idempotent", "record_destructive"].enumerated() {
            let call = Messages.modernCall(tool, #""id":"é\#(number)""#, id: String(number))
            #expect(try await self.ask(process, call, id: number).answer == "recorded é\(number)")
        }
        let lines = try record.lines()
        #expect(lines.map { $0.text("event") } == ["start", "end", "start", "end", "start", "end"])
        #expect(lines.map { $0.text("id") } == ["é0", "é0", "é1", "é1", "é2", "é2"])
        #expect(lines[4].text("tool") == "record_destructive")
        #expect(lines.allSatisfy { $0.integer("pid") == Int(process.processIdentifier) })
        await process.stop()
    }

    @Test("A crash in the midst leaves the start without the end")
    func interruptedRecord() async throws {
        let record = try RecordFile()
        let process = try self.start("--record", record.path)
        let call = Messages.modernCall("record_destructive", #""id":"a","ms":60000"#)
        try process.write(call + "\n" + Messages.modernCall("crash", id: "2") + "\n")
        #expect(try await process.exit() == .exited(1))
        #expect(try record.events() == ["a start"])
    }

    @Test("--start-fail says why on stderr and exits with 3")
    func startFail() async throws {
        let process = try self.start("--start-fail", "no database")
        #expect(try await process.exit() == .exited(3))
        #expect(process.output == "no database\n")
    }

    @Test("--start-delay-ms delays the first answer, not the process")
    func startDelay() async throws {
        let process = try self.start("--start-delay-ms", "300")
        let start = ContinuousClock.now
        _ = try await self.ask(process, Messages.legacyInitialize, id: 0)
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        await process.stop()
    }

    @Test("--garbage comes before anything else")
    func garbage() async throws {
        let process = try self.start("--garbage")
        _ = try await self.ask(process, Messages.legacyInitialize, id: 0)
        #expect(process.output.split(separator: "\n").prefix(3).map(String.init) == Garbage.lines)
        await process.stop()
    }

    @Test("It ends on SIGTERM; with --ignore-term only on SIGKILL, also when its input ends")
    func signals() async throws {
        let obedient = try self.start()
        _ = try await self.ask(obedient, Messages.legacyInitialize, id: 0)
        obedient.signal(SIGTERM)
        #expect(try await obedient.exit() == .signaled(SIGTERM))

        let stubborn = try self.start("--ignore-term")
        _ = try await self.ask(stubborn, Messages.legacyInitialize, id: 0)
        stubborn.signal(SIGTERM)
        _ = try await self.ask(stubborn, Messages.request("ping", id: "1"), id: 1)
        stubborn.closeInput()
        await #expect(throws: PeerError.self) { try await stubborn.exit(within: .milliseconds(300)) }
        stubborn.signal(SIGKILL)
        #expect(try await stubborn.exit() == .signaled(SIGKILL))
    }

    @Test("--spawn-grandchild leaves a process behind, and says which")
    func grandchild() async throws {
        let process = try self.start("--spawn-grandchild")
        let line = try await process.line(startingWith: "grandchild ")
        let grandchild = try #require(pid_t(line.dropFirst("grandchild ".count)))
        defer { kill(grandchild, SIGKILL) }
        await process.stop()
        #expect(!process.isRunning)
        #expect(kill(grandchild, 0) == 0)
    }

    @Test(
        "--orders: the next record_* call answers with 100 MiB or crashes in the midst of a line, and starts fail while they shall"
    )
    func orders() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "toolserver-orders-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { _ = try? FileManager.default.removeItem(atPath: folder) }
        let record = try RecordFile()
        func order(_ what: String) throws {
            try #require(FileManager.default.createFile(atPath: "\(folder)/\(what)", contents: nil))
        }
        let process = try self.start("--orders", folder, "--record", record.path)
        func call(_ id: Int) -> String { Messages.modernCall("record_readonly", "\"id\":\"\(id)\"", id: "\(id)") }
        #expect(try await self.ask(process, call(1), id: 1).answer == "recorded 1")

        try order("huge")
        try process.write(call(2) + "\n" + call(3) + "\n")
        // Of what was written only the last MiB is kept: the end of the large answer and all of the next.
        let next = try await JSONText(process.line(startingWith: #"{"jsonrpc":"2.0","id":3,"#, within: .seconds(120)))
        #expect(next.answer == "recorded 3")
        #expect(process.output.contains("xxxxxxxxxx"))

        try order("half-line")
        try process.write(call(4) + "\n")
        #expect(try await process.exit(within: .seconds(60)) == .exited(1))
        #expect(process.output.split(separator: "\n").last?.hasPrefix("{\"jsonrpc\"") == true && !process.output.hasSuffix("\n"))
        #expect(try record.events() == ["1 start", "1 end", "2 start", "2 end", "3 start", "3 end", "4 start"])

        try order("fail-start")
        for _ in 1...2 {
            let failing = try self.start("--orders", folder)
            #expect(try await failing.exit(within: .seconds(60)) == .exited(3))
            #expect(failing.output.contains("ordered"))
        }
    }

    @Test("--help names every option")
    func help() async throws {
        let process = try self.start("--help")
        #expect(try await process.exit() == .exited(0))
        let options = [
            "--http", "--era", "--page-size", "--no-tools", "--sessions", "--record", "--start-delay-ms", "--start-fail",
            "--garbage",
            "--wrong-id", "--hang", "--flood", "--ignore-term", "--spawn-grandchild", "--late-answer", "--double-answer",
            "--orders",
        ]
        for option in options { #expect(process.output.contains(option), "\(option)") }
    }
}
