import ArgumentParser
import MCPStore

/// `mcpstore batch resume`.
struct BatchResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a batch that was stopped, cancelled, or whose command died, exactly as it was begun."
    )

    @Argument(help: "The file of answers, or the batch's id where its files are on this machine.")
    var batch: String

    @OptionGroup var common: ContextOptions

    func run() async throws {
        let batch = batch
        try await BatchRunner.run(common) { context in
            let (journal, past) = try await BatchTarget.journal(batch, context)
            return try await BatchFiles.resume(past.plan, journal, past)
        }
    }
}
