import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore batch list`.
struct BatchListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the batches of the space, from whatever machine they run, for 7 days after their last news."
    )

    @Option(help: ArgumentHelp("At most so many, those with the last news first.", valueName: "n"))
    var limit = 100

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit must be from 1 to 1000") }
    }

    func run() async throws {
        let batches = try await common.withStore { [limit] in try await $0.batches(limit: limit) }
        if common.json { return Console.shared.out(JSONValue.array(batches.map { BatchOutput.json($0) }).description) }
        var table = Table("ID", "STATUS", "ANSWERED", "FAILED", "TOTAL", "HOST", "ANSWERS")
        for batch in batches {
            table.add(
                batch.id,
                BatchOutput.status(batch),
                "\(batch.answered)",
                "\(batch.failed)",
                batch.total > 0 ? "\(batch.total)" : "",
                batch.host.oneLine,
                batch.output.oneLine
            )
        }
        Console.shared.out(table.isEmpty ? "no batches" : table.text)
    }
}
