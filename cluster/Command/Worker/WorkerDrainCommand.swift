import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore worker drain`.
struct WorkerDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Empty a worker: no new calls, its services move, what runs finishes. It stays until it is resumed.",
        discussion: """
            Calls that run keep their own deadlines; none is ended because of this. Without another worker that may host its services
            they wait for one.
            """
    )

    @Argument(help: "The worker's id, as mcpstore worker list shows it.")
    var id: String

    @Flag(help: "End its process once it is empty.")
    var stop = false

    @Option(help: ArgumentHelp("How long to wait until it is empty. (default: 5m)", valueName: "time"), transform: TimeSpan.init)
    var timeout: TimeSpan?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let progress = DrainProgress(isQuiet: common.json)
        try await common.withStore { [id, stop, timeout] context in
            try await context.drainWorker(id, stops: stop, timeout: timeout?.duration ?? .seconds(300)) { load in
                progress.show("\(load.running) running, \(load.services.counted("service")) left")
            }
        }
        if common.json {
            return Console.shared.out(JSONValue.object(["worker": .string(id), "stopped": .bool(stop)]).description)
        }
        Console.shared.out(
            stop ? "drained \(id): its process ends" : "drained \(id)\nnext: stop it, or mcpstore worker resume \(id)"
        )
    }
}
