import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore dead list`.
struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the calls that were given up, newest first, without their arguments."
    )

    @OptionGroup var options: DeadOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let letters = try await common.withStore { [filter = options.filter(most: 100)] in try await $0.deadLetters(filter) }
        if common.json { return Console.shared.out(JSONValue.array(letters.map { DeadOutput.json($0) }).description) }
        var table = Table("ID", "DIED", "SERVICE", "TOOL", "ATTEMPT", "REPLAYS", "REASON")
        for letter in letters {
            table.add(
                letter.id,
                ISO8601.text(letter.died),
                letter.lane?.service.name ?? "",
                letter.name.oneLine,
                "\(letter.attempt)",
                "\(letter.replays)",
                letter.reason.message.oneLine
            )
        }
        Console.shared.out(table.isEmpty ? "no dead letters" : table.text)
    }
}
