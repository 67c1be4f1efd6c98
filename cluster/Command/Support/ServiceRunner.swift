import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a long-lived role of the cluster until SIGTERM or Ctrl-C, on which it ends in order.
enum ServiceRunner {
    /// - Parameter watcher: Shows how it is, from before it starts until it has left.
    static func run(_ service: any Service, beside watcher: (any Service)? = nil, name: String, logger: Logger) async throws {
        // They are stopped from the last to the first.
        let services = [watcher, service].compactMap(\.self).map { service in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service,
                successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .cancelGroup
            )
        }
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // Longer than a worker's own grace: it gives back what is left, and only then leaves.
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("\(name) stopped")
    }
}
