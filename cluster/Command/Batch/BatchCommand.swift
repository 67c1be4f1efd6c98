import ArgumentParser

/// `mcpstore batch`: many calls out of a file, their answers into another.
struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Make the calls of a file and write their answers into another, however many they are.",
        discussion: """
            mcpstore batch run calls.jsonl --out answers.jsonl
            mcpstore batch resume answers.jsonl
            mcpstore batch retry-failed answers.jsonl

            A line of calls is {"id":1,"tool":"get_weather","arguments":{"city":"Oslo"}}. docs/batch.md tells all of it.

            Exit codes: 0 all calls were answered with ok, 1 some failed, 2 wrong usage, 3 not finished: it can be resumed.
            """,
        subcommands: [
            BatchRunCommand.self, BatchResumeCommand.self, BatchRetryCommand.self, BatchListCommand.self, BatchShowCommand.self,
            BatchCancelCommand.self,
        ]
    )
}
