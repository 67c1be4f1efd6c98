import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore service wait`: on a terminal it shows how the start goes.
struct ServiceWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "wait", abstract: "Wait until a service answers calls.")

    @Argument(help: "The service's name.")
    var name: String

    @Option(help: ArgumentHelp("How long. (default: 60s)", valueName: "time"), transform: TimeSpan.init)
    var timeout: TimeSpan?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let progress = StartProgress(name, isQuiet: common.json)
        defer { progress.finish() }
        let service = try await common.withStore { [name, timeout] context in
            try await context.waitService(name, timeout: timeout?.duration ?? .seconds(60)) { progress.show($0) }
        }
        progress.finish()
        if common.json { return Console.shared.out(JSONOutput.service(service).description) }
        Console.shared.out(
            "\(service.name) is \(service.status): \(service.toolCount.counted("tool")), on \(service.workers.joined(separator: ", "))"
        )
    }
}
