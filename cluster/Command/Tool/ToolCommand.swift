import ArgumentParser

/// `mcpstore tool`: what the services offer.
struct ToolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool",
        abstract: "List and show tools, and how they were called.",
        subcommands: [ToolListCommand.self, ToolShowCommand.self, ToolStatsCommand.self]
    )
}
