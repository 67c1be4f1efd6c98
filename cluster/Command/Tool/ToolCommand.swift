import ArgumentParser

/// `mcpstore tool`: what the services offer.
struct ToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool",
        abstract: "List and show tools, how they were called, and approve what they have become.",
        subcommands: [
            ToolListCommand.self, ToolShowCommand.self, ToolStatsCommand.self, ToolApproveCommand.self, ToolPinsCommand.self,
        ]
    )
}
