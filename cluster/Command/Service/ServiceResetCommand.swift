import ArgumentParser
import MCPStore

/// `mcpstore service reset`: removes all services.
struct ServiceResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Remove all services of the space (or of one agent), one after another."
    )

    @Flag(help: "Really do it.")
    var yes = false

    @OptionGroup var common: ContextOptions

    func validate() throws {
        guard yes else { throw ValidationError("this removes every service: say --yes") }
    }

    func run() async throws {
        let names = try await common.withStore { try await $0.resetConfig() }
        if common.json { return Console.shared.out(JSONValue.object(["removed": JSONOutput.strings(names)]).description) }
        Console.shared.out(names.isEmpty ? "no services" : "removed: \(names.joined(separator: ", "))")
    }
}
