import ArgumentParser
import Foundation
import Glibc
import NIOCore
import NIOPosix

@main
enum Main {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // As `mcpstore` does: tasks run on the event loops. What is counted runs on this thread, beside no others.
        if CommandLine.arguments.dropFirst().first != MicroRunCommand.name,
            ProcessInfo.processInfo.environment["MCPSTORE_GLOBAL_EXECUTOR"] != "default"
        {
            NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        }
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
