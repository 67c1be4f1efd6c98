import ArgumentParser
import Foundation
import Logging
import MCPStore

/// `mcpstore up`: all roles in local processes, with a private Redis when none is given.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run a local cluster in the foreground: Redis, a coordinator, workers and an example MCP server.",
        discussion: """
            Starts a private redis-server on a free port of 127.0.0.1 (without a password and without persistence: it is gone
            with the cluster), a coordinator and workers, adds services, and calls a tool through the queue. Ctrl-C stops
            everything; also when this program is killed, nothing stays behind.

            The workers run the commands of any service in that Redis (--policy any).
            """
    )

    @Option(help: ArgumentHelp("Use this Redis instead of a private one. [MCPSTORE_REDIS_URL]", valueName: "url"))
    var redis: String?

    @Option(help: ArgumentHelp("Add the services of this mcpServers file instead of the example.", valueName: "file"))
    var mcpConfig: String?

    @Option(help: ArgumentHelp("How many worker processes.", valueName: "n"))
    var workers = 2

    @Flag(help: "Stop after the first call.")
    var once = false

    @Flag(help: "Show everything that the processes log, not only warnings.")
    var verbose = false

    func validate() throws {
        guard (1...64).contains(workers) else { throw ValidationError("--workers must be between 1 and 64") }
    }

    func run() async throws {
        let plan = self
        do {
            try await Interruption.cancelling { try await LocalCluster.run(plan) }
        } catch is CancellationError {
            return
        }
    }
}
