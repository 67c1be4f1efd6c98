import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore dead purge`.
struct DeadPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Throw dead letters away: those named, those of a filter, or all.",
        usage: """
            mcpstore dead purge ID…
            mcpstore dead purge [--service NAME] [--tool NAME] [--reason TEXT] [--since TIME] [--limit N]
            mcpstore dead purge --all
            """
    )

    @Argument(help: "The dead letters' ids.")
    var ids: [String] = []

    @Flag(help: "All of the space.")
    var all = false

    @OptionGroup var options: DeadOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try DeadSelection.validate(ids: ids, all: all, options)
    }

    func run() async throws {
        let count = try await common.withStore { [ids, filter = options.filter(most: .max)] context in
            let chosen = ids.isEmpty ? try await context.deadLetters(filter).map(\.id) : ids
            return try await context.purgeDeadLetters(chosen)
        }
        if common.json { return Console.shared.out(JSONValue.object(["purged": .integer(count)]).description) }
        Console.shared.out("purged \(count.counted("dead letter"))")
    }
}
