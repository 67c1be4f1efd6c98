import ArgumentParser
import Foundation
import Glibc
import MCPStoreProtocol

@main
enum Main {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // A redis-server that this process starts shall be told that its disk is full, and not be killed.
        signal(SIGXFSZ, SIG_IGN)
        // As `mcpstore` does: tasks run on the event loops.
        EventLoopTasks.install()
        do {
            var command = try ChaosSuite.parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            // Wrong usage, and help, are the parser's.
            if ChaosSuite.exitCode(for: error) != .failure || error is ValidationError {
                Console.note(ChaosSuite.fullMessage(for: error))
                Glibc.exit(ChaosSuite.exitCode(for: error).isSuccess ? 0 : 2)
            }
            Console.note(error is CancellationError ? "interrupted" : "error: \(error)")
            Glibc.exit(error is CancellationError ? 130 : 3)
        }
    }
}
