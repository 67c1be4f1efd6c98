import ArgumentParser

/// `mcpstore dead`: the jobs of a space that were given up.
struct DeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Look at, replay and throw away calls that were given up (dead letters).",
        discussion: """
            A call that may be run again, and during which several workers died, ends as 'interrupted' and leaves a dead letter. Find
            out what it does to its server before you replay it.
            """,
        subcommands: [
            DeadListCommand.self, DeadShowCommand.self, DeadReplayCommand.self, DeadAnswerCommand.self, DeadPurgeCommand.self,
        ]
    )
}
