import ArgumentParser

/// `mcpstore prompt`: the prompts of the services.
struct PromptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prompt",
        abstract: "List and get prompts.",
        subcommands: [PromptListCommand.self, PromptGetCommand.self]
    )
}
