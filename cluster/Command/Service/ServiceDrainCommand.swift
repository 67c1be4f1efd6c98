import ArgumentParser
import MCPStore

/// `mcpstore service drain`.
struct ServiceDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take no new calls of a service, and wait until all that were accepted have ended.",
        discussion: "New calls are rejected until mcpstore service resume NAME."
    )

    @Argument(help: "The service's name; for a service of agents the name under which it is stored.")
    var name: String

    @Option(help: ArgumentHelp("How long to wait until it is empty. (default: 60s)", valueName: "time"), transform: TimeSpan.init)
    var timeout: TimeSpan?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let progress = DrainProgress(isQuiet: common.json)
        try await common.withStore { [name, timeout] context in
            try await context.drainService(name, timeout: timeout?.duration ?? .seconds(60)) { queued, running in
                progress.show("\(queued) queued, \(running) running")
            }
        }
        if common.json { return Console.shared.out(JSONValue.object(["service": .string(name)]).description) }
        Console.shared.out("drained \(name): nothing is queued or runs\nnext: mcpstore service resume \(name)\(common.repeated)")
    }
}
