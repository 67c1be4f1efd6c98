import ArgumentParser
import Foundation
import Logging
import MCPStore
import MCPStoreGateway
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker

/// `mcpstore worker` and `mcpstore worker run`: runs the jobs of the services that are placed on it, until SIGTERM.
struct WorkerRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a worker: it owns MCP servers and runs calls."
    )

    @Option(
        help: ArgumentHelp("Which spaces it serves, such as 'tenant_*:*'; may be repeated. (default: *:*)", valueName: "pattern"),
        transform: Self.pattern
    )
    var spaces: [SpacePattern] = []

    @Option(help: ArgumentHelp("Jobs that it runs at the same time.", valueName: "n"))
    var concurrency = 128

    @Option(help: ArgumentHelp("A label for placement; may be repeated.", valueName: "K=V"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "Which commands it starts: any, listed or signed. (default: any with a Redis on this machine, else listed)",
            valueName: "policy"
        )
    )
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "A JSON file with the commands that --policy listed allows: [{\"command\": …, \"args\": […]}].",
            valueName: "file"
        )
    )
    var allow: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file with the Ed25519 public keys whose signatures --policy signed accepts; may be repeated.",
            valueName: "file"
        )
    )
    var trust: [String] = []

    @Option(
        help: ArgumentHelp("How long it may be silent before it is taken for dead. (default: 9s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var lease: TimeSpan?

    @Option(
        help: ArgumentHelp("How long running calls may take to finish when it is stopped. (default: 25s)", valueName: "time"),
        transform: TimeSpan.init
    )
    var drainGrace: TimeSpan?

    @OptionGroup var metrics: MetricsArguments
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (2...100_000).contains(concurrency) else { throw ValidationError("--concurrency must be from 2 to 100000") }
        guard policy.map(["any", "listed", "signed"].contains) != false else {
            throw ValidationError("--policy must be any, listed or signed")
        }
        guard (policy == "signed") == !trust.isEmpty else {
            throw ValidationError(
                "--policy signed needs --trust FILE with the public keys that it accepts, and nothing else does"
            )
        }
        guard allow == nil || policy != "signed" else { throw ValidationError("--allow goes with --policy listed") }
        if let lease, lease.duration < .seconds(1) || lease.duration > .seconds(600) {
            throw ValidationError("--lease must be from 1s to 10m")
        }
        if let drainGrace, drainGrace.duration > .seconds(600) { throw ValidationError("--drain-grace must be at most 10m") }
        _ = try labels()
    }

    func run() async throws {
        let logger = common.logger(isClient: false)
        let options = try common.redisOptions(isShared: false, logger: logger)
        let configuration = try options.redisConfiguration()
        let worker = WorkerOptions(
            pool: try options.pool(),
            spaces: spaces.isEmpty ? [.all] : spaces,
            labels: try labels(),
            slots: concurrency,
            lease: lease?.duration ?? .seconds(9)
        )
        let settings = WorkerSettings(
            options: worker,
            policy: try commandPolicy(isLoopback: configuration.isLoopback, logger: logger),
            variables: WorkerSettings.ownVariables,
            healthInterval: options.healthcheckInterval,
            drainGrace: drainGrace?.duration ?? .seconds(25)
        )
        let running = Worker(configuration: configuration, settings: settings, logger: logger)
        let slots = concurrency
        let watcher = metrics.metricsPort.map { port in
            ProcessEndpoint(role: "worker", host: metrics.metricsHost, port: port, logger: logger) {
                let (jobs, services) = await running.load
                return (
                    await running.isReady,
                    [
                        .init("mcpstore_worker_process_jobs", "Jobs that it has now.", jobs),
                        .init("mcpstore_worker_process_slots", "Jobs that it runs at the same time.", slots),
                        .init("mcpstore_worker_process_services", "Services that it hosts.", services),
                    ]
                )
            }
        }
        try await ServiceRunner.run(running, beside: watcher, name: "worker", logger: logger)
    }

    /// Stored configuration is code execution: what may be run is said here, loudly where it is everything.
    private func commandPolicy(isLoopback: Bool, logger: Logger) throws -> CommandPolicy {
        if policy == "any" || (policy == nil && allow == nil && isLoopback) {
            logger.warning("this worker runs the command of any service in its Redis; --policy listed --allow FILE narrows that")
            return .any
        }
        if policy == "signed" { return .signed(try trustedKeys()) }
        guard let allow else {
            logger.warning(
                "this worker starts no commands, only reaches URLs: name allowed commands with --allow FILE, or use --policy any"
            )
            return .listed([])
        }
        let data = try ConfigurationFile.read(allow, what: "the list of allowed commands")
        do {
            return .listed(try JSONDecoder().decode([CommandPolicy.Entry].self, from: data))
        } catch {
            throw CommandFailure(
                status: .usage,
                message: "\(allow) is no list of commands: it must hold [{\"command\": \"npx\", \"args\": [\"-y\", \"…\"]}, …]"
            )
        }
    }

    private func trustedKeys() throws -> SigningKeys {
        var text = ""
        for file in trust {
            let pem = String(decoding: try ConfigurationFile.read(file, what: "the public keys"), as: UTF8.self)
            do { _ = try SigningKeys(pem: pem) } catch {
                throw CommandFailure(status: .usage, message: "\(file): \(error)")
            }
            text += pem + "\n"
        }
        return try SigningKeys(pem: text)
    }

    private func labels() throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts.allSatisfy(Name.isValid) else {
                throw ValidationError("--label needs NAME=VALUE of A-Z a-z 0-9 . _ -")
            }
            labels[parts[0]] = parts[1]
        }
        return labels
    }

    private static func pattern(_ text: String) throws -> SpacePattern {
        do { return try SpacePattern(text) } catch { throw ValidationError(error.message) }
    }
}
