import CGuardian
import Foundation
import Glibc
import MCPStoreProtocol
import NIOCore
import NIOPosix

/// The executable `mcpstore`.
@main
enum Main {
    static func main() async {
        // A pipe that has lost its reader is an error of the write to it, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // A worker lives for months, and forwards answers of all sizes. Before any thread is started.
        if CommandLine.arguments.dropFirst().first == "worker" { mcpstore_keep_memory_small() }
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "gateway" { NIOSingletons.groupLoopCountSuggestion = GatewayCommand.threads(in: arguments) }
        // Before anything else is done: Swift's tasks then run on the event loops, and a call changes threads less often.
        EventLoopTasks.install()
        let status = await CommandRunner.run(arguments)
        exit(status.rawValue)
    }
}
