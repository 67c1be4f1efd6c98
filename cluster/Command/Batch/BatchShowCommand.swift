import ArgumentParser
import MCPStore
import MCPStoreQueue

/// `mcpstore batch show`.
struct BatchShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show how far a batch has come, and where its files are."
    )

    @Argument(help: "The batch's id.")
    var batch: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let record = try await common.withStore { [batch] in try await $0.batchRecord(batch) }
        Console.shared.out(
            common.json ? BatchOutput.json(record).description : BatchOutput.text(record, repeated: common.repeated)
        )
    }
}
