import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a long-lived role of the cluster until SIGTERM or Ctrl-C, on which it ends in order.
enum ServiceRunner {
    static func run(_ service: any Service, name: String, logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: service,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup
                )
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // Longer than a worker's own grace: it gives back what is left, and only then leaves.
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("\(name) stopped")
    }
}
