import ArgumentParser
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix
import ServiceLifecycle

/// `mcpstore worker`: runs the jobs of the services that are placed on it, until SIGTERM.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", abstract: "Run a worker: it owns MCP servers and runs calls.")

    @Option(help: ArgumentHelp("Which spaces it serves, such as 'tenant_*:*'; may be repeated. (default: *:*)", valueName: "pattern"), transform: Self.pattern)
    var spaces: [SpacePattern] = []

    @Option(help: ArgumentHelp("Jobs that it runs at the same time.", valueName: "n"))
    var concurrency = 128

    @Option(help: ArgumentHelp("A label for placement; may be repeated.", valueName: "K=V"))
    var label: [String] = []

    @Option(help: ArgumentHelp("Which commands it starts: any or listed. (default: any with a Redis on this machine, else listed)", valueName: "policy"))
    var policy: String?

    @Option(help: ArgumentHelp("How long it may be silent before it is taken for dead. (default: 9s)", valueName: "time"), transform: TimeSpan.init)
    var lease: TimeSpan?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (2...100_000).contains(concurrency) else { throw ValidationError("--concurrency must be from 2 to 100000") }
        guard policy.map(["any", "listed"].contains) != false else { throw ValidationError("--policy must be any or listed") }
        if let lease, lease.duration < .seconds(1) || lease.duration > .seconds(600) { throw ValidationError("--lease must be from 1s to 10m") }
        _ = try labels()
    }

    func run() async throws {
        let logger = common.logger(isClient: false)
        let options = try common.redisOptions(logger: logger)
        let configuration = try options.redisConfiguration()
        let worker = WorkerOptions(
            pool: try options.pool(), spaces: spaces.isEmpty ? [.all] : spaces, labels: try labels(), slots: concurrency,
            lease: lease?.duration ?? .seconds(9)
        )
        try await StandIn.worker(configuration, worker)
    }

    private func labels() throws -> [String: String] {
        var labels: [String: String] = [:]
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts.allSatisfy(Name.isValid) else { throw ValidationError("--label needs NAME=VALUE of A-Z a-z 0-9 . _ -") }
            labels[parts[0]] = parts[1]
        }
        return labels
    }

    private static func pattern(_ text: String) throws -> SpacePattern {
        do { return try SpacePattern(text) } catch { throw ValidationError(error.message) }
    }
}
