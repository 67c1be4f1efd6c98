import ArgumentParser
import MCPStore

/// `mcpstore service resume`.
struct ServiceResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Have a service run again that was paused or drained.",
        discussion: """
            What waits is started.
            """
    )

    @Argument(help: "The service's name; for a service of agents the name under which it is stored.")
    var name: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let isChanged = try await common.withStore { [name] in try await $0.resumeService(name) }
        if common.json {
            return Console.shared.out(JSONValue.object(["service": .string(name), "changed": .bool(isChanged)]).description)
        }
        Console.shared.out(isChanged ? "resumed \(name)" : "\(name) was neither paused nor drained")
    }
}
