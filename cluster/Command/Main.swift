import CGuardian
import Foundation
import Glibc
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
        // The first thing of all: Swift's tasks then run on the event loops, and a call changes threads less often.
        if ProcessInfo.processInfo.environment["MCPSTORE_GLOBAL_EXECUTOR"] != "default" {
            NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        }
        let status = await CommandRunner.run(Array(CommandLine.arguments.dropFirst()))
        exit(status.rawValue)
    }
}
