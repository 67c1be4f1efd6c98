import Foundation
import TestSupport
import Testing

@Suite struct ProgressTests {
    /// Runs a command with a terminal of 100 columns as its three streams; gives everything that it wrote there.
    private func onTerminal(
        _ cluster: ClusterFixture,
        _ arguments: [String]
    ) async throws -> (status: TestSupport.ExitStatus, text: String) {
        let script = """
            import fcntl, os, pty, struct, sys, termios
            child, terminal = pty.fork()
            if child == 0:
                os.execv(sys.argv[1], sys.argv[1:])
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
            while True:
                try:
                    data = os.read(terminal, 65536)
                except OSError:
                    break
                if not data:
                    break
                os.write(1, data)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        let process = try ChildProcess.start(
            ["/usr/bin/env", "python3", "-c", script, BuiltProduct.path(of: "mcpstore")] + arguments,
            environment: cluster.environment.merging(["TERM": "xterm"]) { $1 }
        )
        return (try await process.exit(within: .seconds(60)), process.output)
    }

    /// A server that says what it does, and takes its time.
    private func slowServer(_ cluster: ClusterFixture) throws -> [String] {
        let path = cluster.directory.path + "/slow"
        let script =
            "#!/bin/sh\necho 'Downloading 12 packages' >&2\nprintf 'evil \\033[2Jline\\n' >&2\nexec \(BuiltProduct.path(of: "toolserver")) --start-delay-ms 2500\n"
        try script.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return [path]
    }

    @Test func `A long start shows its state, the time and the server's last line on a terminal, and leaves no trace`()
        async throws
    {
        try await withCluster { cluster in
            let server = try slowServer(cluster)
            let (status, text) = try await onTerminal(cluster, ["service", "add", "slow", "--wait", "--"] + server)
            #expect(status == .exited(0), "\(text)")
            #expect(text.contains("slow: initializing") && text.contains("· 1 s") && text.contains("| evil"), "\(text)")
            // What a server writes does not steer the terminal.
            #expect(!text.contains("\u{1b}[2J"))
            #expect(text.contains("added: slow\r\n") && text.contains("\r\u{1b}[Kready: slow\r\n"), "\(text)")
            let lines = text.replacing("\r\u{1b}[K", with: "\n").split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 100 })
            let again = try await onTerminal(cluster, ["service", "wait", "slow"])
            #expect(again.status == .exited(0) && again.text.contains("slow is healthy"), "\(again.text)")
        }
    }

    @Test func `A long start is quiet where standard error is no terminal`() async throws {
        try await withCluster { cluster in
            let result = try await cluster.succeed(["service", "add", "slow", "--wait", "--"] + (try slowServer(cluster)))
            #expect(result.error.isEmpty && result.output == "added: slow\nready: slow\n", "\(result)")
            let late = try await cluster.command(["service", "add", "none", "--wait-timeout", "1s", "--", "/no/such/program"])
            #expect(late.status == 3 && late.errorLines.count == 1 && late.output == "added: none\n", "\(late)")
        }
    }

    @Test func `On a terminal a start that fails ends with one line that says why`() async throws {
        try await withCluster { cluster in
            try await cluster.succeed(["service", "add", "none", "--", "/no/such/program"])
            let (status, text) = try await onTerminal(cluster, ["service", "wait", "none", "--timeout", "2s"])
            #expect(status == .exited(3))
            let last = text.split(separator: "\u{1b}[K").last.map(String.init) ?? ""
            #expect(last.hasPrefix("mcpstore: the service 'none' is not ready after 2 s"), "\(text)")
        }
    }
}
