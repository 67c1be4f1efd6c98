import ArgumentParser
import Logging
import MCPStore
import MCPStoreCoordinator
import MCPStoreGateway
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

/// `mcpstore coordinator`: places services, recovers the jobs of dead workers. Any number may run; one leads.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run a coordinator: it places services and recovers jobs. One leads, others stand by."
    )

    @Option(
        help: ArgumentHelp("After how long another coordinator takes over. (default: 9s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var lease: TimeSpan?

    @Option(
        help: ArgumentHelp("The lease of the workers, as they are started with. (default: 9s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var workerLease: TimeSpan?

    @OptionGroup var metrics: MetricsArguments
    @OptionGroup var common: CommonOptions

    func validate() throws {
        for span in [lease, workerLease].compactMap(\.self) where span.duration < .seconds(1) || span.duration > .seconds(600) {
            throw ValidationError("a lease must be from 1s to 10m")
        }
    }

    func run() async throws {
        let logger = common.logger(isClient: false)
        let options = try common.redisOptions(isShared: false, logger: logger)
        let coordinator = Coordinator(
            configuration: try options.redisConfiguration(),
            options: CoordinatorOptions(
                pool: try options.pool(),
                lease: lease?.duration ?? .seconds(9),
                workerLease: workerLease?.duration ?? .seconds(9)
            ),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: logger
        )
        let watcher = metrics.metricsPort.map { port in
            ProcessEndpoint(role: "coordinator", host: metrics.metricsHost, port: port, logger: logger) {
                let leads = coordinator.isLeading ? 1 : 0
                return (coordinator.isReady, [.init("mcpstore_coordinator_process_leads", "1 while it leads.", leads)])
            }
        }
        try await ServiceRunner.run(coordinator, beside: watcher, name: "coordinator", logger: logger)
    }
}
