import ArgumentParser

/// `mcpstore resource`: what the services let one read.
struct ResourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resource",
        abstract: "List and read resources.",
        subcommands: [ResourceListCommand.self, ResourceReadCommand.self]
    )
}
