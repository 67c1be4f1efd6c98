import ArgumentParser
import MCPStore

/// `mcpstore service remove`.
struct ServiceRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a service. What is queued of it ends as unavailable."
    )

    @Argument(help: "The service's name.")
    var name: String

    @OptionGroup var common: ContextOptions

    func run() async throws {
        try await common.withStore { [name] in try await $0.removeService(name) }
        Console.shared.out(common.json ? JSONValue.object(["removed": .string(name)]).description : "removed: \(name)")
    }
}
