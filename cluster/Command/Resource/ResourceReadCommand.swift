import ArgumentParser
import MCPStore

/// `mcpstore resource read`.
struct ResourceReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "read", abstract: "Read a resource and print it.")

    @Argument(help: "The URI: of a resource that is listed, or one that fits a template.")
    var uri: String

    @Option(help: ArgumentHelp("The service that is meant; with it, any URI.", valueName: "name"))
    var service: String?

    @Option(
        help: ArgumentHelp("How long it may take in all. (default: as the service says)", valueName: "time"),
        transform: TimeSpan.init
    )
    var timeout: TimeSpan?

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let contents = try await common.withStore { [uri, service, timeout] context in
            try await context.readResource(uri, service: service, timeout: timeout?.duration)
        }
        Console.shared.out(
            common.json ? JSONOutput.answer(contents.report, contents.rawJSON) : contents.description
        )
    }
}
