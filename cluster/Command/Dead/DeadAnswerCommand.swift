import ArgumentParser
import MCPStore

/// `mcpstore dead answer`.
struct DeadAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Show how a replay ended. Answers are kept for 24 hours."
    )

    @Argument(help: "The job that mcpstore dead replay has named.")
    var job: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let result = try await common.withStore { [job] in try await $0.replayAnswer(job) }
        guard let result else {
            if common.json { Console.shared.out(JSONValue.object(["job": .string(job), "outcome": .null]).description) }
            throw CommandFailure(status: .noAnswer, message: "the replay \(job) has no answer yet")
        }
        Console.shared.out(common.json ? JSONOutput.answer(result.report, result.rawJSON) : result.description)
    }
}
