import ArgumentParser
import Foundation
import MCPStore

/// `mcpstore service update`: replaces a service's whole configuration.
struct ServiceUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Replace the whole configuration of a service.",
        usage: """
            mcpstore service update NAME --from FILE
            mcpstore service update NAME '{"command":"…"}'
            """
    )

    @Argument(help: "The service's name.")
    var name: String

    @Argument(help: ArgumentHelp("The new configuration: an mcpServers entry as JSON.", valueName: "json"))
    var entry: String?

    @Option(help: ArgumentHelp("A JSON file with the entry, alone or in mcpServers; - reads standard input.", valueName: "file"))
    var from: String?

    @OptionGroup var common: ContextOptions

    func validate() throws {
        guard (entry == nil) != (from == nil) else { throw ValidationError("give the new configuration as JSON, or --from FILE") }
    }

    func run() async throws {
        let value = try from.map(ServiceInput.read(file:)) ?? ServiceInput.parse(Data((entry ?? "").utf8), what: "the entry")
        let result = try await common.withStore { [name] in try await $0.updateService(name, value) }
        ServiceChangeOutput.show(result, json: common.json)
    }
}
