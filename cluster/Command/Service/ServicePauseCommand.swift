import ArgumentParser
import MCPStore

/// `mcpstore service pause`.
struct ServicePauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Start no more calls of a service: they are accepted and wait.",
        discussion: """
            Their deadlines go on: a call that waits for longer ends as timedOut. What runs may finish. It stays paused, whatever is restarted.
            """
    )

    @Argument(help: "The service's name; for a service of agents the name under which it is stored.")
    var name: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let isChanged = try await common.withStore { [name] in try await $0.pauseService(name) }
        if common.json {
            return Console.shared.out(JSONValue.object(["service": .string(name), "changed": .bool(isChanged)]).description)
        }
        Console.shared.out(
            isChanged ? "paused \(name)\nnext: mcpstore service resume \(name)\(common.repeated)" : "\(name) is paused already"
        )
    }
}
