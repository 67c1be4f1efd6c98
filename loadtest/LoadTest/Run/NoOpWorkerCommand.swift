import ArgumentParser
import Logging
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import ServiceLifecycle
import UnixSignals

/// `loadtest noop-worker`: a worker process that answers every job itself. Scenarios start it; nobody else needs it.
struct NoOpWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noop-worker",
        abstract: "Answer the jobs of the load tester's own service.",
        shouldDisplay: false
    )

    @Option(help: "The pool's name.") var cluster: String
    @Option(help: "namespace:dataspace; may be repeated.") var space: [String]
    @Option(help: "Jobs at the same time.") var slots = 128
    @Option(help: "Services of each space: the load tester's own, and others that nobody calls.") var services = 1

    @Option(help: "Milliseconds that each job takes.") var ms = 0

    func run() async throws {
        var logger = Logger(label: "noop-worker") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let served = try space.flatMap { text in
            guard let space = Space(text) else { throw ValidationError("'\(text)' is not namespace:dataspace") }
            return (0..<services).map { number in
                ServiceID(space: space, name: number == 0 ? QueueTarget.service : "\(QueueTarget.service)-\(number)")
            }
        }
        let worker = NoOpWorker(
            configuration: try EnvironmentRedis.configuration(),
            options: WorkerOptions(pool: try Pool(cluster: cluster), slots: slots),
            services: served,
            work: .milliseconds(ms),
            logger: logger
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }
}
