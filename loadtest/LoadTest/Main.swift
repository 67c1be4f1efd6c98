import ArgumentParser
import Dispatch
import Foundation
import Glibc
import MCPStoreProtocol

@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        // What is counted runs on this thread, beside no other: valgrind 3.19 cannot follow it into those of Dispatch.
        if CommandLine.arguments.dropFirst().first == MicroRunCommand.name {
            MicroRunCommand.main(Array(CommandLine.arguments.dropFirst(2)))
            end(0)
        }
        // As `mcpstore` does: tasks run on the event loops.
        EventLoopTasks.install()
        Task { await run() }
        dispatchMain()
    }

    private static func run() async {
        do {
            var command = try LoadTest.parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            end(0)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            // Wrong usage, and help, are the parser's.
            if LoadTest.exitCode(for: error) != .failure || error is ValidationError {
                let message = LoadTest.fullMessage(for: error)
                if LoadTest.exitCode(for: error).isSuccess {
                    print(message)
                    end(0)
                }
                ScenarioRun.note(message)
                end(2)
            }
            ScenarioRun.note(error is CancellationError ? "interrupted" : "error: \(error)")
            end(error is CancellationError ? 130 : 3)
        }
    }

    /// A result that could not be written, such as to a full disk, is no success.
    private static func end(_ status: Int32) -> Never {
        let isWritten = fflush(nil) == 0
        if !isWritten { ScenarioRun.note("error: standard output: \(String(cString: strerror(errno)))") }
        Glibc.exit(isWritten || status != 0 ? status : 3)
    }
}
