import ArgumentParser
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix
import ServiceLifecycle

/// `mcpstore coordinator`: places services, recovers the jobs of dead workers. Any number may run; one leads.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Run a coordinator: it places services and recovers jobs. One leads, others stand by."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let logger = common.logger(isClient: false)
        let options = try common.redisOptions(logger: logger)
        try await StandIn.coordinator(try options.redisConfiguration(), try options.pool())
    }
}
