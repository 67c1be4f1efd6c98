import ArgumentParser
import MCPStore

/// `mcpstore dead show`.
struct DeadShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a call that was given up, with its arguments as they were sent."
    )

    @Argument(help: "The dead letter's id.")
    var id: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let letter = try await common.withStore { [id] in try await $0.deadLetter(id) }
        Console.shared.out(common.json ? DeadOutput.json(letter).description : DeadOutput.text(letter))
    }
}
