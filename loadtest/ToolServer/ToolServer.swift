import ArgumentParser
import Glibc

/// The command `toolserver`.
@main
struct ToolServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "toolserver",
        abstract: "A fast MCP server: fixture of tests, load tests and the first run.",
        discussion: """
            Speaks MCP over stdin and stdout, or over HTTP with --http, in both eras: revisions 2024-11-05 to 2025-11-25 \
            (initialize) and 2026-07-28 (stateless). It shares no code with the libraries that it tests.

            Tools: echo, add and big answer at once; sleep and progress take their time and can be cancelled; fail, \
            protocol_error and crash go wrong; record_readonly, record_idempotent and record_destructive write each \
            execution to the file of --record; environment, pid and stderr show the process.
            """
    )

    @OptionGroup(title: "Serving") var serving: ServingOptions
    @OptionGroup(title: "Misbehaviour, for tests") var misbehaviour: MisbehaviourOptions

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        if let text = self.misbehaviour.startFail {
            writeToStandardError(text)
            throw ExitCode(3)
        }
        if self.misbehaviour.misbehaviour.orders?.has(.failStart) == true {
            writeToStandardError("it was ordered not to start")
            throw ExitCode(3)
        }
        if self.misbehaviour.ignoreTerm { signal(SIGTERM, SIG_IGN) }
        if self.misbehaviour.spawnGrandchild { Grandchild.spawn() }
        if self.misbehaviour.startDelayMs > 0 { try await Task.sleep(for: .milliseconds(self.misbehaviour.startDelayMs)) }

        let settings = self.serving.settings(misbehaviour: self.misbehaviour.misbehaviour)
        if let port = self.serving.http {
            try await HTTPServer.run(port: port, settings: settings)
        } else {
            if self.misbehaviour.garbage { Garbage.print() }
            try await StdioServer.run(settings: settings)
        }
    }
}
