import ArgumentParser
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import NIOPosix

/// `mcpstore doctor`: looks for what is wrong with Redis, the cluster and the space, and says what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check Redis, the cluster and a space: one line a check, what is wrong, what to do.",
        discussion: """
            It changes nothing. It is the one command that scans keys: those of the namespace, in a bounded number of steps. \
            Exit status 1 where a check says FAIL; warnings do not count.
            """
    )

    @Option(help: ArgumentHelp("The most keys of Redis to look at. (default: 200000)", valueName: "n"))
    var scan = 200_000

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard scan >= 0 else { throw ValidationError("--scan must be 0 or more") }
    }

    func run() async throws {
        let logger = common.logger(isClient: true)
        if !common.debug { Console.shared.holdWarnings() }
        var options = try common.redisOptions(isShared: false, logger: logger)
        // A new one is empty; a name stands for all of them where keys are looked at.
        if options.dataspace == "auto" { options.dataspace = "default" }
        let configuration = try options.redisConfiguration()
        let (space, pool) = (try options.space(), try options.pool())
        let findings = try await Interruption.cancelling { [scan] in
            let client = RedisClient(
                configuration: configuration,
                name: "doctor",
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: logger
            )
            let running = Task { await client.run() }
            let findings = await Doctor(client: client, space: space, pool: pool, scanLimit: scan).examine()
            running.cancel()
            await running.value
            return findings
        }
        Console.shared.dropWarnings()
        if common.json {
            let failed = findings.contains { $0.level == .fail }
            let json: JSONValue = ["ok": .bool(!failed), "checks": .array(findings.map(\.json))]
            Console.shared.out(json.description)
        } else {
            Console.shared.out(findings.map(\.line).joined(separator: "\n"))
        }
        let failed = findings.count { $0.level == .fail }
        guard failed > 0 else { return }
        throw CommandFailure(status: .toolError, message: failed == 1 ? "one check failed" : "\(failed) checks failed")
    }
}
