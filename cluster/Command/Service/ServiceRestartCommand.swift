import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore service restart`.
struct ServiceRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Start a service anew on every worker that hosts it.",
        discussion: """
            Its calls that run end: those that may run again are started anew, others end as 'interrupted'. A brake or an open circuit is
            taken off.
            """
    )

    @Argument(help: "The service's name.")
    var name: String

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let count = try await common.withStore { [name] in try await $0.restartService(name) }
        if common.json {
            return Console.shared.out(JSONValue.object(["service": .string(name), "workers": .integer(count)]).description)
        }
        Console.shared.out(
            "told \(count.counted("worker")) to restart \(name)\nnext: mcpstore service wait \(name)\(common.repeated)"
        )
    }
}
