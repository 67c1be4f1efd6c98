import CGuardian
import Foundation
import NIOPosix
import Testing

@testable import MCPStoreProtocol

/// Foundation's pipes are not closed on exec: a Redis that another test starts at the same moment would hold the write end of
/// a guardian's input for as long as it lives, and the guardian would see no hang-up.
private struct CloseOnExecPipe: Sendable {
    let reader: FileHandle
    let writer: FileHandle

    init() throws {
        var ends: [CInt] = [-1, -1]
        try #require(mcpstore_pipe(&ends) == 0)
        self.reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        self.writer = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }
}

/// A guardian started by hand, without any of the code that uses it.
private struct Guarded: Sendable {
    let process: Process
    let input: CloseOnExecPipe
    let output: CloseOnExecPipe
    let error: CloseOnExecPipe

    init(_ arguments: [String], by launcher: [String] = []) throws {
        let all = launcher + [try GuardianProgram.find().path] + arguments
        self.input = try CloseOnExecPipe()
        self.output = try CloseOnExecPipe()
        self.error = try CloseOnExecPipe()
        self.process = Process()
        self.process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        self.process.arguments = all
        self.process.standardInput = self.input.reader
        self.process.standardOutput = self.output.writer
        self.process.standardError = self.error.writer
        try self.process.run()
        try self.input.reader.close()
        try self.output.writer.close()
        try self.error.writer.close()
    }

    func hangUp() throws {
        try self.input.writer.close()
    }

    /// The next line of the child.
    func line() async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            var line = Data()
            while let byte = try self.output.reader.read(upToCount: 1), byte != Data([0x0A]) { line += byte }
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// Everything until every holder of the child's output is gone.
    func rest() async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            String(decoding: try self.output.reader.readToEnd() ?? Data(), as: UTF8.self)
        }
    }

    func errorText() async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            String(decoding: try self.error.reader.readToEnd() ?? Data(), as: UTF8.self)
        }
    }

    func status() async throws -> Int32 {
        try await NIOThreadPool.singleton.runIfActive {
            self.process.waitUntilExit()
            return self.process.terminationStatus
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct GuardianTests {
    private let quick = ["--grace-ms", "100", "--term-ms", "100"]

    @Test(arguments: [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143)] as [(String, Int32)])
    func `the status of the child is passed on`(_ script: String, _ status: Int32) async throws {
        #expect(try await Guarded(["--", "sh", "-c", script]).status() == status)
    }

    @Test(
        arguments: [
            (
                ["--", "no-such-thing"], 127,
                "cannot run 'no-such-thing': No such file or directory (is it installed and in PATH?)"
            ),
            (["--", "/etc"], 126, "cannot run '/etc': Permission denied"),
            (["--cwd", "/no/where", "--", "true"], 126, "'/no/where'"),
            (["--grace-ms", "x", "--", "true"], 125, "--grace-ms needs a whole number"),
            (["--wrong", "--", "true"], 125, "'--wrong'"),
            ([], 125, "usage:"),
        ] as [([String], Int32, String)]
    )
    func `what cannot be run is said in a line`(_ arguments: [String], _ status: Int32, _ message: String) async throws {
        let guarded = try Guarded(arguments)
        #expect(try await guarded.errorText().contains(message))
        #expect(try await guarded.status() == status)
    }

    @Test func `data goes to the child untouched, and its end ends the child in order`() async throws {
        let guarded = try Guarded(["--", "sh", "-c", "cat; echo bye; exit 4"])
        let data = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try guarded.input.writer.write(contentsOf: data)
        try guarded.hangUp()
        let output = try await NIOThreadPool.singleton.runIfActive { try guarded.output.reader.readToEnd() }
        #expect(output == data + Data("bye\n".utf8))
        #expect(try await guarded.status() == 4)
    }

    @Test func `after the hang-up SIGTERM comes before SIGKILL`() async throws {
        let guarded = try Guarded([
            "--grace-ms", "50", "--term-ms", "60000", "--", "sh", "-c",
            "trap 'echo told; exit 5' TERM; echo up; while :; do sleep 0.01; done",
        ])
        #expect(try await guarded.line() == "up")
        try guarded.hangUp()
        #expect(try await guarded.rest() == "told\n")
        #expect(try await guarded.status() == 5)
    }

    /// Starts a stubborn child with a stubborn grandchild in a session of its own, and prints their ids.
    private static let family = """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        child = os.getpid()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                print(child, os.getpid(), flush=True)
                time.sleep(1000)
            os._exit(0)
        time.sleep(1000)
        """

    @Test func `a child that ignores SIGTERM dies with its orphaned grandchild`() async throws {
        let guarded = try Guarded(self.quick + ["--", "python3", "-c", Self.family])
        let pids = try await guarded.line().split(separator: " ").compactMap { Int32($0) }
        #expect(pids.count == 2 && pids.allSatisfy(isAlive))
        try guarded.hangUp()
        #expect(try await guarded.rest() == "")
        #expect(try await guarded.status() == 137)
        #expect(!pids.contains(where: isAlive))
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a signal to the guardian is a hang-up`(_ signal: Int32) async throws {
        let guarded = try Guarded(self.quick + ["--", "python3", "-c", Self.family])
        let pids = try await guarded.line().split(separator: " ").compactMap { Int32($0) }
        kill(guarded.process.processIdentifier, signal)
        #expect(try await guarded.status() == 137)
        #expect(pids.count == 2 && !pids.contains(where: isAlive))
    }

    @Test func `when the child ends by itself, what it left behind is ended`() async throws {
        let script = """
            import os, time
            reader, writer = os.pipe()
            if os.fork() == 0:
                print(os.getpid(), flush=True)
                os.write(writer, b"x")
                time.sleep(1000)
            os.read(reader, 1)
            os._exit(6)
            """
        let guarded = try Guarded(self.quick + ["--", "python3", "-c", script])
        let pid = try #require(Int32(try await guarded.line()))
        #expect(try await guarded.status() == 6)
        #expect(!isAlive(pid))
    }

    @Test func `kill -9 of the parent leaves no child and no grandchild`() async throws {
        // The launcher holds the only write end of the guardian's input, as a worker does.
        let launcher = """
            import subprocess, sys
            child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
            child.wait()
            """
        let guarded = try Guarded(self.quick + ["--", "python3", "-c", Self.family], by: ["python3", "-c", launcher])
        let pids = try await guarded.line().split(separator: " ").compactMap { Int32($0) }
        #expect(pids.count == 2 && pids.allSatisfy(isAlive))
        kill(guarded.process.processIdentifier, SIGKILL)
        // The end of the output shows that all holders of it have let go.
        #expect(try await guarded.rest() == "")
        #expect(await haveEnded(pids))
    }

    @Test func `kill -9 of the guardian takes the child along`() async throws {
        let guarded = try Guarded(["--", "sh", "-c", "echo $$; exec sleep 1000"])
        let pid = try #require(Int32(try await guarded.line()))
        kill(guarded.process.processIdentifier, SIGKILL)
        #expect(try await guarded.rest() == "")
        #expect(await haveEnded([pid]))
    }

    @Test func `options reach the child, signals and descriptors do not`() async throws {
        let script = """
            import os, resource, signal
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
            ignored = [s.name for s in signal.Signals if s not in (signal.SIGPIPE, signal.SIGXFSZ) and signal.getsignal(s) == signal.SIG_IGN]
            print(os.getcwd(), resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS)[0] >> 20,
                len(mask), ignored, os.getpgrp() == os.getpid(), sorted(os.listdir("/proc/self/fd"))[:3], os.readlink("/proc/self/fd/0"))
            """
        let guarded = try Guarded(
            ["--cwd", "/tmp", "--limit-nofile", "99", "--limit-as-mb", "2048", "--null-stdin", "--", "python3", "-c", script],
            by: ["sh", "-c", "trap '' INT HUP USR1; exec 7</dev/null; exec \"$@\"", "sh"]
        )
        #expect(try await guarded.rest() == "/tmp (99, 99) 2048 0 [] True ['0', '1', '2'] /dev/null\n")
        #expect(try await guarded.status() == 0)
    }

    @Test func `with a null standard input the hang-up still ends the child`() async throws {
        let guarded = try Guarded(self.quick + ["--null-stdin", "--", "sh", "-c", "cat; echo empty; exec sleep 1000"])
        #expect(try await guarded.line() == "empty")
        try guarded.hangUp()
        #expect(try await guarded.status() == 143)
    }
}
